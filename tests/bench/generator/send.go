package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	busyWait   = 5 * time.Millisecond
	stallLimit = 60 * time.Second
	writeBytes = 256 << 10
)

// sending is what the senders of a run share.
type sending struct {
	job     *job
	end     time.Time
	left    atomic.Int64 // requests that may still be made
	acked   atomic.Int64
	targets int
}

// sender is one connection with its window. It reads answers, and answers them with new requests in one write.
type sender struct {
	run       *sending
	id        int
	conn      *connection
	template  *template
	sequence  int64
	turn      int
	sentAt    []time.Time
	sequences []int64
	target    []int
	free      []int
	waiting   []int // were refused because the broker is busy
	open      int
	out       []byte
	latency   histogram
	issued    atomic.Int64
	acked     int64
	busy      int64
	lastAck   time.Time
	err       error
}

func newSending(j *job) *sending {
	run := &sending{job: j, targets: j.Queues * len(j.topicNames())}
	run.left.Store(1 << 60)
	if j.Count > 0 {
		run.left.Store((j.Count + int64(j.Batch) - 1) / int64(j.Batch))
	}
	return run
}

func (run *sending) newSender(id int) (*sender, error) {
	c, err := dial(run.job.Broker)
	if err != nil {
		return nil, err
	}
	n := run.job.InFlight
	s := &sender{run: run, id: id, conn: c, template: newTemplate(run.job, id), turn: id * run.targets / run.job.Connections,
		sentAt: make([]time.Time, n), sequences: make([]int64, n), target: make([]int, n)}
	for slot := n - 1; slot >= 0; slot-- {
		s.free = append(s.free, slot)
	}
	return s, nil
}

func (run *sending) over() bool {
	return !run.end.IsZero() && !time.Now().Before(run.end)
}

// issue takes a free slot for the next message; false when there is nothing more to send.
func (s *sender) issue(now time.Time) bool {
	if len(s.free) == 0 || s.run.left.Add(-1) < 0 {
		return false
	}
	slot := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.sentAt[slot], s.sequences[slot] = now, s.sequence
	s.target[slot] = s.nextTarget()
	s.sequence += int64(s.run.job.Batch)
	s.open++
	s.issued.Add(1)
	s.encode(slot)
	return true
}

// nextTarget goes round the topics first, then round their queues.
func (s *sender) nextTarget() int {
	topics := s.run.targets / s.run.job.Queues
	t := s.turn % s.run.targets
	s.turn++
	return t%topics*s.run.job.Queues + t/topics
}

func (s *sender) encode(slot int) {
	s.out = s.template.append(s.out, s.target[slot], slot, s.sequences[slot], s.sentAt[slot])
}

func (s *sender) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}

// loop sends until the time or the count is up and everything is acknowledged.
func (s *sender) loop() error {
	for {
		if !s.run.over() {
			for now := time.Now(); s.issue(now); {
				if len(s.out) < writeBytes {
					continue
				}
				if err := s.flush(); err != nil {
					return err
				}
			}
		}
		for _, slot := range s.waiting {
			s.encode(slot)
		}
		s.waiting = s.waiting[:0]
		if err := s.flush(); err != nil {
			return err
		}
		if s.open == 0 {
			return nil
		}
		if err := s.answers(); err != nil {
			return err
		}
		if len(s.waiting) > 0 {
			time.Sleep(busyWait)
		}
	}
}

// answers waits for some and takes all that have come.
func (s *sender) answers() error {
	if err := s.conn.SetReadDeadline(time.Now().Add(stallLimit)); err != nil {
		return err
	}
	var a answer
	for taken := 0; taken == 0; {
		if err := s.conn.fill(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return fmt.Errorf("%d requests are not answered", s.open)
			}
			return err
		}
		now := time.Now()
		for {
			there, err := s.conn.next(&a)
			if err != nil {
				return err
			}
			if !there {
				break
			}
			taken++
			if err := s.take(&a, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sender) take(a *answer, now time.Time) error {
	slot := a.opaque
	if slot < 0 || slot >= len(s.sentAt) {
		return fmt.Errorf("an answer to nothing: %s", a.header)
	}
	switch a.code {
	case success:
		s.latency.add(now.Sub(s.sentAt[slot]))
		s.lastAck = now
		s.acked += int64(s.run.job.Batch)
		s.run.acked.Add(int64(s.run.job.Batch))
		s.free = append(s.free, slot)
		s.open--
	case systemBusy, flowControl:
		s.busy++
		s.waiting = append(s.waiting, slot)
	default:
		return fmt.Errorf("a send was refused: %s", a.header)
	}
	return nil
}

// paced sends at a rate, each message at its time, whatever the answers do.
func (s *sender) paced() error {
	runtime.LockOSThread() // for sleeps of less than a millisecond
	defer runtime.UnlockOSThread()
	start := time.Now()
	period := float64(time.Second) / s.run.job.Rate
	failed := make(chan error, 1)
	freed := make(chan int, len(s.sentAt))
	go func() { failed <- s.readPaced(freed) }()
	for n := 0; ; n++ {
		due := start.Add(time.Duration(float64(n) * period))
		if !due.Before(s.run.end) {
			break
		}
		if err := sleepUntil(due); err != nil {
			return err
		}
		now := time.Now()
		if len(s.free) == 0 {
			select {
			case slot := <-freed:
				s.free = append(s.free, slot)
				now = due // what the broker keeps waiting counts from when it was due
			case err := <-failed:
				return err
			}
		}
		s.issue(now)
		if err := s.flush(); err != nil {
			return err
		}
		for len(freed) > 0 {
			s.free = append(s.free, <-freed)
		}
	}
	return <-failed
}

// readPaced takes answers until the run is over and they have all come. Slots go back to the writer.
func (s *sender) readPaced(freed chan<- int) error {
	var a answer
	for !s.run.over() || s.acked < s.issued.Load() {
		if err := s.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			return err
		}
		if err := s.conn.read(&a); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(s.run.end.Add(stallLimit)) {
				continue
			}
			return err
		}
		if a.code != success || a.opaque < 0 || a.opaque >= len(s.sentAt) {
			return fmt.Errorf("a send was refused: %s", a.header)
		}
		s.latency.add(time.Since(s.sentAt[a.opaque]))
		s.acked++
		s.run.acked.Add(1)
		freed <- a.opaque
	}
	return nil
}

func sleepUntil(due time.Time) error {
	for {
		left := time.Until(due)
		if left <= 0 {
			return nil
		}
		pause := syscall.NsecToTimespec(int64(left))
		if err := syscall.Nanosleep(&pause, nil); err != nil && err != syscall.EINTR {
			return err
		}
	}
}

func runSend(j *job) (result, error) {
	if j.FirstPass {
		first := *j
		first.Count, first.Seconds, first.FirstPass = int64(j.Queues*len(j.topicNames())), 0, false
		first.Connections, first.InFlight, first.Batch = 1, 64, 1
		if _, err := runSend(&first); err != nil {
			return nil, err
		}
	}
	run := newSending(j)
	var senders []*sender
	for id := 0; id < j.Connections; id++ {
		s, err := run.newSender(id)
		if err != nil {
			return nil, err
		}
		defer s.conn.Close()
		senders = append(senders, s)
	}
	cpu, start := cpuSeconds(), time.Now()
	if j.Seconds > 0 {
		run.end = start.Add(j.duration())
	}
	var group sync.WaitGroup
	for _, s := range senders {
		group.Add(1)
		go func(s *sender) { defer group.Done(); s.err = s.loop() }(s)
	}
	group.Wait()
	r := result{}
	return r, reportSend(r, senders, start, cpuSeconds()-cpu)
}

func reportSend(r result, senders []*sender, start time.Time, cpu float64) error {
	var all histogram
	var acked, busy int64
	last := start
	for _, s := range senders {
		if s.err != nil {
			return s.err
		}
		all.merge(&s.latency)
		acked += s.acked
		busy += s.busy
		if s.lastAck.After(last) {
			last = s.lastAck
		}
	}
	r["messages"], r["busy"] = acked, busy
	r["messagesPerSecond"] = float64(acked) / last.Sub(start).Seconds()
	r["loadCpuUsPerMessage"] = cpu * 1e6 / float64(acked)
	all.report(r)
	return nil
}
