// gorilla.go - a server of Go's gorilla/websocket
//
// Prints the port, serves until SIGTERM.  Paths: as in servers.py.
package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{}

func serve(w http.ResponseWriter, r *http.Request) {
	words := strings.Split(r.URL.Path, "/")[1:]
	c, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	if words[0] == "small" {
		c.SetReadLimit(1000)
	}
	for {
		kind, message, err := c.ReadMessage()
		if err != nil {
			return
		}
		switch words[0] {
		case "slow":
			time.Sleep(500 * time.Millisecond)
		case "drop":
			code, _ := strconv.Atoi(words[1])
			c.WriteControl(websocket.CloseMessage,
				websocket.FormatCloseMessage(code, words[2]),
				time.Now().Add(time.Second))
			return
		}
		if c.WriteMessage(kind, message) != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.HandleFunc("/", serve)
	panic(http.Serve(listener, nil))
}
