module parley.example/hello

go 1.19
