# The requests of an R client, against a server: ADDRESS of one without keys, ADDRESS and KEY of one with.

suppressPackageStartupMessages({
  library(httr)
  library(jsonlite)
})

arguments <- commandArgs(trailingOnly = TRUE)
open <- arguments[1]
closed <- arguments[2]
key <- arguments[3]
bulk <- "gem-1-bulk_reference-conditioning"

# httr says "No encoding supplied" of a text whose type does not name it.
text_of <- function(response) {
  withCallingHandlers(
    content(response, as = "text"),
    message = function(said) stop("httr says: ", conditionMessage(said))
  )
}

read <- function(response) fromJSON(text_of(response), simplifyDataFrame = TRUE)

example <- function(model, base = open, headers = NULL) {
  url <- paste0(base, "/api/models/", model, "/example-query")
  response <- GET(url, headers, timeout(300))
  stopifnot(status_code(response) == 200)
  read(response)$example_query
}

written_as_json <- function(query) toJSON(query, auto_unbox = TRUE, null = "null")

post <- function(query, model, base = open, headers = NULL) {
  text <- if (is.character(query)) query else written_as_json(query)
  POST(
    paste0(base, "/api/models/", model, "/predict"), headers, content_type_json(), timeout(300),
    body = text, encode = "raw"
  )
}

# Submits, asks until it is ready, and fetches without a key.
ask <- function(query, model = bulk, base = open, headers = NULL) {
  submitted <- post(query, model, base, headers)
  if (status_code(submitted) != 200) stop(text_of(submitted))
  id <- read(submitted)$modelQueryId
  for (turn in 1:600) {
    status <- read(GET(paste0(base, "/api/model-queries/", id, "/status"), headers, timeout(300)))
    if (status$status %in% c("ready", "failed")) break
    Sys.sleep(0.1)
  }
  if (status$status != "ready") stop(status$message)
  read(GET(status$downloadUrl, timeout(300)))
}

faults <- function(query, model = bulk) {
  response <- post(query, model)
  stopifnot(status_code(response) == 422)
  read(response)$errors
}

has <- function(text, part) {
  if (!any(grepl(part, text, fixed = TRUE))) stop("no `", part, "` in: ", paste(text, collapse = " | "))
}

# A query whose inputs are lists, as the client's own documentation writes them.
written <- function(counts, metadata, ...) {
  list(
    inputs = list(c(list(counts = counts, metadata = metadata), list(...))),
    sampling_strategy = "mean estimation", seed = 7
  )
}

models <- read(GET(paste0(open, "/api/models"), timeout(300)))$models$model_id
for (model in models) {
  # Simplified to data frames and sent back as it is.
  result <- ask(example(model), model)
  stopifnot(nrow(result$outputs) == 1, length(result$gene_order) > 10000)
}

query <- example(bulk)
query$inputs$num_samples <- 2L
result <- ask(query)
stopifnot(nrow(result$outputs) == 2, is.data.frame(result$outputs$metadata))
counts <- result$outputs$counts[[1]]
genes <- result$gene_order
stopifnot(length(counts) == length(genes), is.numeric(counts), all(counts >= 0))

dex <- list(perturbation_ontology_id = "CHEMBL384467", perturbation_time = "24 h")
plain <- ask(written(list(counts = counts), dex))$outputs$counts[[1]]
same <- function(...) stopifnot(identical(as.numeric(ask(written(...))$outputs$counts[[1]]), as.numeric(plain)))
same(counts, dex)
same(as.list(setNames(counts, genes)), dex)
same(list(counts = as.list(setNames(counts, genes))), dex)
same(rev(counts), dex, gene_ids = rev(genes))
same(counts, dex, num_samples = "1")
same(counts, list(perturbation_ontology_id = factor("CHEMBL384467"), perturbation_time = I("24 h")))
same(counts, c(dex, perturbation_dose = NA))
same(counts, c(dex, list(perturbation_dose = NULL)))

# Whole numbers as R may write them.
large <- counts
large[1] <- 100000L
text <- written_as_json(written(large, dex))
as_r_writes <- sub("100000", "1e+05", text, fixed = TRUE)
stopifnot(grepl("1e+05", as_r_writes, fixed = TRUE))
of <- function(query) as.numeric(ask(query)$outputs$counts[[1]])
stopifnot(identical(of(as.character(as_r_writes)), of(written(large, dex))))

for (conditioning in list("biological", c("biological", "technical"), I("technical"))) {
  invisible(ask(c(written(counts, dex), list(conditioning = conditioning))))
}

# What has no effect is answered, and said where this client shows it.
said <- ask(c(written(counts, dex), list(total_count = 5e+06, source = "rsynthbio")))$outputs$metadata$warnings
has(said, "`total_count`")

# The slip of the vignette: `inputs` is a data frame, and its first column holds the counts.
query <- example(bulk)
query$inputs[[1]]$num_samples <- 5L
found <- faults(query)
stopifnot(found$path == "inputs[0].counts.num_samples")
has(found$message, "list(counts = list(counts = x)")

found <- faults(written(counts, list(perturbation_ontology_id = "dexametasone")))
has(found$message, "did you mean `dexamethasone (CHEMBL384467)`?")
has(found$message, "/vocab?field=perturbation_ontology_id&search=")
found <- faults(written(counts[-1], dex))
has(found$message, "/genes")

# Keys.
bearer <- function(key) add_headers(Authorization = paste("Bearer", key))
stopifnot(status_code(GET(paste0(closed, "/api/models"))) == 401)
stopifnot(status_code(GET(paste0(closed, "/api/models"), bearer(sub(".$", "x", key)))) == 401)
invisible(ask(example(bulk, closed, bearer(key)), bulk, closed, bearer(key)))
stopifnot(status_code(GET(paste0(open, "//api/models"))) == 200)
