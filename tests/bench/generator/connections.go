package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const openAtOnce = 32

type heartbeat struct {
	ClientID          string              `json:"clientID"`
	ConsumerDataSet   []any               `json:"consumerDataSet"`
	HeartbeatFingerpr int                 `json:"heartbeatFingerprint"`
	ProducerDataSet   []map[string]string `json:"producerDataSet"`
	WithoutSub        bool                `json:"withoutSub"`
}

// runConnections holds connections open, each with the heartbeats of an idle producer, until it is told to stop
// (SIGTERM). It says "open" when all are there and have been answered.
func runConnections(j *job) (result, error) {
	conns := make([]*connection, j.Connections)
	errs := make([]error, j.Connections)
	var group sync.WaitGroup
	gate := make(chan struct{}, openAtOnce)
	for i := range conns {
		group.Add(1)
		gate <- struct{}{}
		go func(i int) {
			defer func() { <-gate; group.Done() }()
			if conns[i], errs[i] = dial(j.Broker); errs[i] == nil {
				errs[i] = conns[i].beat(i)
			}
		}(i)
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("connection %d of %d: %w", i, len(conns), err)
		}
	}
	fmt.Fprintln(os.Stderr, "open")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	step := time.NewTicker(time.Duration(j.HeartbeatMs) * time.Millisecond / time.Duration(len(conns)))
	for n := 0; ; n++ {
		select {
		case <-stop:
			return result{"heartbeats": n}, nil
		case <-step.C:
			if err := conns[n%len(conns)].beat(n % len(conns)); err != nil {
				return nil, fmt.Errorf("heartbeat %d: %w", n, err)
			}
		}
	}
}

// beat sends what a Java producer sends every thirty seconds, and waits for the answer.
func (c *connection) beat(i int) error {
	body, err := json.Marshal(heartbeat{
		ClientID:        fmt.Sprintf("127.0.0.1@%d#%d", os.Getpid(), i),
		ConsumerDataSet: []any{},
		ProducerDataSet: []map[string]string{{"groupName": "bench-producer"}, {"groupName": "CLIENT_INNER_PRODUCER"}},
	})
	if err != nil {
		return err
	}
	_, err = c.ask(codeHeartbeat, map[string]string{}, body)
	return err
}
