#!/usr/bin/env ruby
# The sums of a CSV table's columns of numbers, as JSON.
require "csv"
require "json"

input = ENV.fetch("INPUT_FILE_PATH")
sums = Hash.new(0)
CSV.foreach(input, headers: true) do |row|
  row.each { |column, value| sums[column] += value.to_f if value.to_s.match?(/\A-?\d+(\.\d+)?\z/) }
end
output = File.join(ENV.fetch("TMP_OUTPUT_DIR"), "#{File.basename(input, '.*')}.json")
File.write(output, "#{JSON.generate(sums)}\n")
puts "#{sums.size} columns added up by Ruby #{RUBY_VERSION}"
