// Web is the demo behind the announced address: it names its pod and the client it sees.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	host, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		fmt.Fprintf(answer, "hello from %s to %s\n", host, request.RemoteAddr)
	})
	log.Fatal(http.ListenAndServe(":9898", nil))
}
