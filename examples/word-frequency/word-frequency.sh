#!/bin/sh
# Counts the words of $INPUT_FILE_PATH that have at least $MIN_LETTERS letters, and keeps the ten most frequent.
set -e
name=$(basename "$INPUT_FILE_PATH")
table="$TMP_OUTPUT_DIR/${name%.*}.csv"

echo "word-frequency: reading $name"
tr -cs 'A-Za-z' '\n' <"$INPUT_FILE_PATH" |
  tr 'A-Z' 'a-z' |
  awk -v min="${MIN_LETTERS:-4}" 'length($0) >= min' |
  sort | uniq -c | sort -k1,1nr -k2,2 |
  awk 'NR <= 10 { print $2 "," $1 }' >"$table"
echo "word-frequency: $(wc -l <"$table") words written to $(basename "$table")"
