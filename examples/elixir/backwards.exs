#!/usr/bin/env elixir
# Every line of a text, its letters in the opposite order.
input = System.fetch_env!("INPUT_FILE_PATH")
output = Path.join(System.fetch_env!("TMP_OUTPUT_DIR"), Path.basename(input))

input
|> File.stream!()
|> Stream.map(fn line -> String.reverse(String.trim_trailing(line, "\n")) <> "\n" end)
|> Stream.into(File.stream!(output))
|> Stream.run()

IO.puts("#{Path.basename(input)} turned around by Elixir #{System.version()}")
