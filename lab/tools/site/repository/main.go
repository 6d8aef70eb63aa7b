// Repository serves a folder as a Helm repository over plain HTTP: repository DIR ADDRESS:PORT.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: repository DIR ADDRESS:PORT")
		os.Exit(2)
	}
	log.Fatal(http.ListenAndServe(os.Args[2], http.FileServer(http.Dir(os.Args[1]))))
}
