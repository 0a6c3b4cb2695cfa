package main

import (
	"fmt"
	"time"
)

const (
	pacedInFlight = 4096
	holdTime      = 300 * time.Millisecond
	receiveLimit  = 15 * time.Second
)

// runEndToEnd sends at a rate while pulls wait for what comes, and tells how long messages are under way. Sender and
// receiver are one process with one clock.
func runEndToEnd(j *job) (result, error) {
	lanes, err := allLanes(j, true)
	if err != nil {
		return nil, err
	}
	one := *j
	one.Connections, one.InFlight = 1, pacedInFlight
	pullers, err := newPullers(&one, lanes)
	if err != nil {
		return nil, err
	}
	p := pullers[0]
	p.latency = &histogram{}
	ended := make(chan error, 1)
	go func() { ended <- p.loop() }()
	time.Sleep(holdTime)
	run := newSending(&one)
	s, err := run.newSender(0)
	if err != nil {
		return nil, err
	}
	defer s.conn.Close()
	cpu, start := cpuSeconds(), time.Now()
	run.end = start.Add(j.duration())
	if err := s.paced(); err != nil {
		return nil, err
	}
	for limit := time.Now().Add(receiveLimit); p.received.Load() < s.acked; {
		select {
		case err := <-ended:
			return nil, err
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(limit) {
			return nil, fmt.Errorf("%d of %d messages were received", p.received.Load(), s.acked)
		}
	}
	used := cpuSeconds() - cpu
	p.conn.Close()
	<-ended
	if p.seen.doubled > 0 || missing([]*seen{&p.seen}) > 0 {
		return nil, fmt.Errorf("%d messages came twice, %d never", p.seen.doubled, missing([]*seen{&p.seen}))
	}
	r := result{"messages": s.acked, "messagesPerSecond": float64(s.acked) / time.Since(start).Seconds()}
	r["loadCpuUsPerMessage"] = used * 1e6 / float64(s.acked)
	r["ackP99Us"] = s.latency.microseconds(0.99)
	p.latency.report(r)
	return r, nil
}
