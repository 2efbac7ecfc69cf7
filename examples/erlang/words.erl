#!/usr/bin/env escript
%% The number of words of each line, counted by a process of its own.
main(_) ->
    Input = os:getenv("INPUT_FILE_PATH"),
    {ok, Text} = file:read_file(Input),
    Lines = binary:split(string:trim(Text, trailing), <<"\n">>, [global]),
    Parent = self(),
    Numbered = lists:zip(lists:seq(1, length(Lines)), Lines),
    [spawn(fun() -> Parent ! {N, length(string:lexemes(Line, " \t\r"))} end) || {N, Line} <- Numbered],
    Counts = [receive {N, Count} -> Count end || {N, _} <- Numbered],
    Output = filename:join(os:getenv("TMP_OUTPUT_DIR"), filename:basename(Input) ++ ".counts"),
    ok = file:write_file(Output, [io_lib:format("~b~n", [Count]) || Count <- Counts]),
    io:format("~b words in ~b lines~n", [lists:sum(Counts), length(Lines)]).
