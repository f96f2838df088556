# Usage: Rscript witness.R question.csv answer.csv
# A question has rows "data set,stratum,cohort,successes,failures". The answer has one row per data set, in
# order: the SD between cohorts, the log-likelihood, and the mean log-odds of each stratum in order of
# appearance, by maximum likelihood with 25 nodes of adaptive Gauss-Hermite quadrature.
suppressPackageStartupMessages(library(lme4))

fit <- function(rows) {
  rows$stratum <- factor(rows$stratum, levels = unique(rows$stratum))
  several <- nlevels(rows$stratum) > 1
  means <- if (several) cbind(s, f) ~ 0 + stratum + (1 | cohort) else cbind(s, f) ~ 1 + (1 | cohort)
  control <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
                          check.conv.singular = "ignore", calc.derivs = FALSE)
  found <- glmer(means, rows, binomial, nAGQ = 25, control = control)
  # With nAGQ > 1 lme4 leaves constants out of logLik; the same likelihood is summed here at its estimates.
  sd <- attr(VarCorr(found)$cohort, "stddev")
  centre <- fixef(found)[if (several) as.integer(rows$stratum) else rep(1, nrow(rows))]
  one <- function(s, f, m) log(integrate(function(b)
    dnorm(b) * dbinom(s, s + f, plogis(m + sd * b)), -9, 9, rel.tol = 1e-11, subdivisions = 2000)$value)
  c(sd, sum(mapply(one, rows$s, rows$f, centre)), fixef(found))
}

files <- commandArgs(trailingOnly = TRUE)
data <- read.csv(files[1], header = FALSE, col.names = c("set", "stratum", "cohort", "s", "f"),
                 colClasses = c("integer", "character", "character", "numeric", "numeric"))
answers <- lapply(split(data, data$set), function(rows) paste(sprintf("%.17g", fit(rows)), collapse = ","))
writeLines(unlist(answers), files[2])
