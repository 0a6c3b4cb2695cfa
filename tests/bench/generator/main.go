// The load generator of the benchmark: one job as JSON in its argument, its result as JSON on stdout. It is written in
// Go, with nothing but the standard library, so that it takes a small part of the CPU that the broker beside it has.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"
)

// job says what to do; scenarios.mjs documents the kinds.
type job struct {
	Kind        string
	Broker      string
	BrokerName  string
	Topic       string
	Topics      int // more than one: the names are Topic_0000, Topic_0001 and so on
	Queues      int // of each topic
	Connections int
	InFlight    int
	Size        int
	Batch       int
	Count       int64   // messages to send, or
	Seconds     float64 // how long
	Rate        float64 // messages per second, 0 for as fast as they are acknowledged
	FirstPass   bool    // one message to each queue before the measurement
	HeartbeatMs int64
	Directory   string // whose files leave the page cache
	Pids        []int
}

type result map[string]any

var kinds = map[string]func(*job) (result, error){
	"send":    runSend,
	"pull":    runPull,
	"e2e":     runEndToEnd,
	"connect": runConnections,
	"evict":   runEvict,
}

func main() {
	r, err := run()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() (result, error) {
	j := &job{Topics: 1, Batch: 1, Connections: 1, InFlight: 1}
	if len(os.Args) != 2 {
		return nil, fmt.Errorf("one argument is wanted: a job as JSON")
	}
	if err := json.Unmarshal([]byte(os.Args[1]), j); err != nil {
		return nil, err
	}
	kind := kinds[j.Kind]
	if kind == nil {
		return nil, fmt.Errorf("no kind of job: %q", j.Kind)
	}
	return kind(j)
}

func (j *job) topicNames() []string {
	if j.Topics <= 1 {
		return []string{j.Topic}
	}
	names := make([]string, j.Topics)
	for i := range names {
		names[i] = fmt.Sprintf("%s_%04d", j.Topic, i)
	}
	return names
}

func (j *job) duration() time.Duration {
	return time.Duration(j.Seconds * float64(time.Second))
}

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
