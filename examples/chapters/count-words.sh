#!/bin/sh
# The number of words of $INPUT_FILE_PATH. Its folder is in the object's key: books/chapters/BOOK/chapter-NN.txt.
set -e
book=$(basename "$(dirname "$STORAGE_OBJECT_KEY")")
chapter=$(basename "$INPUT_FILE_PATH" .txt)
mkdir "$TMP_OUTPUT_DIR/$book"
wc -w <"$INPUT_FILE_PATH" >"$TMP_OUTPUT_DIR/$book/$chapter.words"
echo "count-words: $book, $chapter"
