#!/bin/sh
# Writes each part of $INPUT_FILE_PATH that begins with a line "CHAPTER …" to a file of its own, in a folder of the book's name.
set -e
book=$(basename "$INPUT_FILE_PATH" .txt)
mkdir "$TMP_OUTPUT_DIR/$book"
awk -v folder="$TMP_OUTPUT_DIR/$book" '
  /^CHAPTER / { file = sprintf("%s/chapter-%02d.txt", folder, ++n) }
  file != "" { print > file }
  END { print "split-book: " n + 0 " chapters" }
' "$INPUT_FILE_PATH"
