#!/bin/sh
# What is written to standard output is the answer: nothing else may be.
set -e
convert "$INPUT_FILE_PATH" -type Grayscale "$TMP_OUTPUT_DIR/grey"
cat "$TMP_OUTPUT_DIR/grey"
