# Usage: Rscript witness.R question.csv answer.csv
# A question "chances,p1,...,pn" is answered by three rows of n + 1: the probabilities by convolution, the
# upper tails P(X >= k) by convolution, and the probabilities by Fourier transform. A question "count,x,n"
# is answered by one row: the exact 95 % limits of binom.test.
suppressPackageStartupMessages(library(PoissonBinomial))

row_of <- function(values) paste(sprintf("%.17g", values), collapse = ",")

answer <- function(line) {
  fields <- strsplit(line, ",")[[1]]
  values <- as.numeric(fields[-1])
  if (fields[1] == "count") return(row_of(binom.test(values[1], values[2])$conf.int))
  k <- 0:length(values)
  c(row_of(dpbinom(k, values, method = "Convolve")),
    row_of(ppbinom(k - 1, values, method = "Convolve", lower.tail = FALSE)),
    row_of(dpbinom(k, values, method = "Characteristic")))
}

files <- commandArgs(trailingOnly = TRUE)
writeLines(unlist(lapply(readLines(files[1]), answer)), files[2])
