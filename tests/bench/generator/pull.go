package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	pullCount     = 32
	flagSuspend   = 2
	flagSubscribe = 4
	suspendMs     = 15000
	busyPause     = 5 * time.Millisecond
)

// lane is one queue that is read, one pull at a time.
type lane struct {
	topic        string
	queue        int
	next, end    int64 // end -1: for ever
	header, tail []byte
	done         bool
}

// puller reads its lanes through one connection.
type puller struct {
	conn     *connection
	lanes    []*lane
	left     int
	out      []byte
	seen     seen
	received *atomic.Int64
	latency  *histogram // from sending to receipt, when it is asked for
	last     time.Time
	until    time.Time // gives up there, when set
	err      error
}

func newLane(j *job, topic string, queue int, next, end int64) *lane {
	l := &lane{topic: topic, queue: queue, next: next, end: end}
	l.header = fmt.Appendf(nil, `{"code":%d,"extFields":{"consumerGroup":"bench-consumer","topic":"%s","queueId":"%d","maxMsgNums":"%d",`+
		`"sysFlag":"%d","commitOffset":"0","suspendTimeoutMillis":"%d","subscription":"*","subVersion":"0","expressionType":"TAG",`+
		`"brokerName":"%s","queueOffset":"`, codePull, topic, queue, pullCount, flagSuspend|flagSubscribe, suspendMs, j.BrokerName)
	l.tail = []byte(`"},` + beforeOpaque)
	return l
}

// allLanes makes one for each queue; from the first message to the newest, or from the newest on.
func allLanes(j *job, live bool) ([]*lane, error) {
	c, err := dial(j.Broker)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var lanes []*lane
	for _, topic := range j.topicNames() {
		for queue := 0; queue < j.Queues; queue++ {
			fields := map[string]string{"topic": topic, "queueId": strconv.Itoa(queue), "brokerName": j.BrokerName}
			a, err := c.ask(codeMaxOffset, fields, nil)
			if err != nil {
				return nil, err
			}
			offset, ok := textNumberAfter(a.header, "offset")
			if !ok {
				return nil, fmt.Errorf("no offset in %s", a.header)
			}
			if live {
				lanes = append(lanes, newLane(j, topic, queue, offset, -1))
			} else {
				lanes = append(lanes, newLane(j, topic, queue, 0, offset))
			}
		}
	}
	return lanes, nil
}

// newPullers deals the lanes out to connections.
func newPullers(j *job, lanes []*lane) ([]*puller, error) {
	received := &atomic.Int64{}
	pullers := make([]*puller, j.Connections)
	for i := range pullers {
		c, err := dial(j.Broker)
		if err != nil {
			return nil, err
		}
		pullers[i] = &puller{conn: c, received: received, seen: seen{producers: map[uint32]*sequences{}}}
	}
	for i, l := range lanes {
		p := pullers[i%len(pullers)]
		p.lanes = append(p.lanes, l)
	}
	return pullers, nil
}

// ask adds the next pull of a lane to what is written next.
func (p *puller) ask(id int) {
	l := p.lanes[id]
	start := len(p.out)
	p.out = append(p.out, 0, 0, 0, 0, 0, 0, 0, 0)
	p.out = append(p.out, l.header...)
	p.out = strconv.AppendInt(p.out, l.next, 10)
	p.out = append(p.out, l.tail...)
	out, headerBytes := endHeader(p.out, start, id)
	p.out = endFrame(out, start, headerBytes)
}

func (p *puller) flush() error {
	if len(p.out) == 0 {
		return nil
	}
	_, err := p.conn.Write(p.out)
	p.out = p.out[:0]
	return err
}

// loop reads every lane to its end.
func (p *puller) loop() error {
	for id, l := range p.lanes {
		if l.end < 0 || l.next < l.end {
			p.ask(id)
			p.left++
		}
	}
	if err := p.conn.SetReadDeadline(p.until); err != nil {
		return err
	}
	var a answer
	for p.left > 0 {
		if err := p.flush(); err != nil {
			return err
		}
		if err := p.conn.read(&a); err != nil {
			return err
		}
		if err := p.take(&a); err != nil {
			return err
		}
	}
	return nil
}

// take asks for what follows first, so that the broker works on it while the messages are checked.
func (p *puller) take(a *answer) error {
	now := time.Now()
	if a.opaque < 0 || a.opaque >= len(p.lanes) {
		return fmt.Errorf("an answer to nothing: %s", a.header)
	}
	l := p.lanes[a.opaque]
	first := l.next
	switch a.code {
	case success:
		next, ok := textNumberAfter(a.header, "nextBeginOffset")
		if !ok || next <= first {
			return fmt.Errorf("%s/%d: found something, and goes on at %d after %d", l.topic, l.queue, next, first)
		}
		l.next = next
	case pullNotFound, pullRetryAtOnce:
	case systemBusy, flowControl:
		time.Sleep(busyPause)
	default:
		return fmt.Errorf("a pull was refused: %s", a.header)
	}
	if l.end >= 0 && l.next >= l.end {
		p.left--
	} else {
		p.ask(a.opaque)
		if err := p.flush(); err != nil {
			return err
		}
	}
	if a.code != success {
		return nil
	}
	return p.check(l, a.body, first, now)
}

func (p *puller) check(l *lane, body []byte, first int64, now time.Time) error {
	count := int64(0)
	for len(body) > 0 {
		m, length, err := firstStored(body)
		if err != nil {
			return fmt.Errorf("%s/%d: %w", l.topic, l.queue, err)
		}
		if m.queueOffset != first+count {
			return fmt.Errorf("%s/%d: offset %d where %d belongs", l.topic, l.queue, m.queueOffset, first+count)
		}
		body = body[length:]
		count++
		p.seen.add(&m)
		if p.latency != nil {
			p.latency.add(now.Sub(time.Unix(0, m.sentAt)))
		}
	}
	if first+count != l.next {
		return fmt.Errorf("%s/%d: %d messages from %d on, but goes on at %d", l.topic, l.queue, count, first, l.next)
	}
	p.received.Add(count)
	p.last = now
	return nil
}

// runPull reads topics from the first message to the newest, or for so many seconds.
func runPull(j *job) (result, error) {
	lanes, err := allLanes(j, false)
	if err != nil {
		return nil, err
	}
	pullers, err := newPullers(j, lanes)
	if err != nil {
		return nil, err
	}
	cpu, start := cpuSeconds(), time.Now()
	var group sync.WaitGroup
	for _, p := range pullers {
		if j.Seconds > 0 {
			p.until = start.Add(j.duration())
		}
		group.Add(1)
		go func(p *puller) { defer group.Done(); p.err = p.loop() }(p)
	}
	group.Wait()
	used := cpuSeconds() - cpu
	r := result{}
	last, err := judge(pullers)
	if err != nil {
		return nil, err
	}
	n := pullers[0].received.Load()
	r["messages"], r["unread"] = n, unread(pullers)
	r["messagesPerSecond"] = float64(n) / last.Sub(start).Seconds()
	r["loadCpuUsPerMessage"] = used * 1e6 / float64(n)
	return r, nil
}

// unread counts what the lanes still have before them.
func unread(pullers []*puller) (n int64) {
	for _, p := range pullers {
		for _, l := range p.lanes {
			n += l.end - l.next
		}
	}
	return n
}

// judge tells when the last message came, and what is wrong with what was read.
func judge(pullers []*puller) (last time.Time, err error) {
	var all []*seen
	for _, p := range pullers {
		p.conn.Close()
		if p.err != nil {
			if !errors.Is(p.err, os.ErrDeadlineExceeded) {
				return last, p.err
			}
		}
		if p.last.After(last) {
			last = p.last
		}
		if p.seen.doubled > 0 {
			return last, fmt.Errorf("%d messages came twice", p.seen.doubled)
		}
		all = append(all, &p.seen)
	}
	if n := missing(all); n > 0 && unread(pullers) == 0 {
		return last, fmt.Errorf("%d messages never came", n)
	}
	return last, nil
}
