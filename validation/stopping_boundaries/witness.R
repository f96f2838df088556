# Usage: Rscript witness.R question.csv answer.csv
# A question "tail,k,n,p" is answered by P(X >= k) of a binomial; "above,a,b,limit" by P(rate > limit) of a beta.
answer <- function(line) {
  fields <- strsplit(line, ",")[[1]]
  values <- as.numeric(fields[-1])
  sprintf("%.17g", switch(fields[1],
    tail = pbinom(values[1] - 1, values[2], values[3], lower.tail = FALSE),
    above = pbeta(values[3], values[1], values[2], lower.tail = FALSE)))
}

files <- commandArgs(trailingOnly = TRUE)
writeLines(unlist(lapply(readLines(files[1]), answer)), files[2])
