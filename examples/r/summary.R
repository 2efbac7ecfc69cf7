#!/usr/bin/env Rscript
# A CSV table: the summary of each column of numbers as text, and their histograms as a PDF file.
input <- Sys.getenv("INPUT_FILE_PATH")
name <- tools::file_path_sans_ext(basename(input))
output <- function(ending) file.path(Sys.getenv("TMP_OUTPUT_DIR"), paste0(name, ending))

table <- read.csv(input)
numbers <- table[, sapply(table, is.numeric), drop = FALSE]
capture.output(summary(numbers), file = output(".txt"))
pdf(output(".pdf"))
for (column in names(numbers)) hist(numbers[[column]], main = column, xlab = column)
invisible(dev.off())
cat(ncol(numbers), "columns summarised by", R.version.string, "\n")
