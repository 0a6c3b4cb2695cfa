package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/bits"
	"os"
	"strings"
	"time"
)

const (
	bodyMagic      = 0x52544231
	leastBodyBytes = 32
	recordMagicV1  = 0xdaa320a7
	recordMagicV2  = 0xdaa320ab
	leastRecord    = 91
	bodyLengthAt   = 84 // with IPv4 addresses
	v6Bytes        = 12
	bornHostV6     = 1 << 4
	storeHostV6    = 1 << 5
	sequenceDigits = 12
	crcMask        = 0x7fffffff
)

// A body does not compress: magic, producer, sequence number, time of sending in ns, filler.
func newBody(size, producer int) []byte {
	body := make([]byte, max(size, leastBodyBytes))
	x := uint32(2463534242)
	for i := leastBodyBytes; i < len(body); i++ {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		body[i] = byte(0x21 + x>>25%93)
	}
	binary.BigEndian.PutUint32(body, bodyMagic)
	binary.BigEndian.PutUint32(body[4:], uint32(producer))
	return body
}

// template makes the send requests of one producer. Of a request only the queue, two times, the unique key, the
// sequence number and the request's number differ.
type template struct {
	batch      int
	heads      [][]byte // for each queue of each topic: up to the born time
	afterTime  []byte   // up to the unique key
	afterKey   []byte   // up to the request's number
	key        []byte
	body       []byte
	properties []byte // of a message within a batch
	keyAt      int    // in them
	time       []byte
	timeMs     int64
}

func newTemplate(j *job, producer int) *template {
	t := &template{batch: j.Batch, body: newBody(j.Size, producer)}
	run := fmt.Sprintf("%08X%08X", os.Getpid(), uint32(time.Now().UnixNano()))
	t.key = []byte(fmt.Sprintf("%s%04X%s", run, producer, strings.Repeat("0", sequenceDigits)))
	code := codeSendV2
	if j.Batch > 1 {
		code = codeSendBatch
	}
	for _, topic := range j.topicNames() {
		for queue := 0; queue < j.Queues; queue++ {
			t.heads = append(t.heads, fmt.Appendf(make([]byte, prefixBytes),
				`{"code":%d,"extFields":{"a":"bench-producer","b":"%s","c":"TBW102","d":"8","e":"%d","f":"0","g":"`, code, topic, queue))
		}
	}
	t.afterTime = []byte(`","h":"0","i":"UNIQ_KEY\u0001`)
	t.afterKey = fmt.Appendf(nil, `\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002","j":"0","k":"false","m":"%t","n":"%s"},%s`,
		j.Batch > 1, j.BrokerName, beforeOpaque)
	t.properties = []byte("UNIQ_KEY\x01" + string(t.key) + "\x02WAIT\x01true\x02TAGS\x01TagA\x02")
	t.keyAt = len("UNIQ_KEY\x01")
	return t
}

// append adds the request that sends message `sequence` (and those after it, of a batch) to a queue.
func (t *template) append(out []byte, target, opaque int, sequence int64, now time.Time) []byte {
	if ms := now.UnixMilli(); ms != t.timeMs {
		t.timeMs = ms
		t.time = fmt.Appendf(t.time[:0], "%d", ms)
	}
	start := len(out)
	out = append(out, t.heads[target]...)
	out = append(out, t.time...)
	out = append(out, t.afterTime...)
	setKey(t.key, sequence)
	out = append(out, t.key...)
	out = append(out, t.afterKey...)
	out, headerBytes := endHeader(out, start, opaque)
	binary.BigEndian.PutUint64(t.body[16:], uint64(now.UnixNano()))
	for i := int64(0); i < int64(t.batch); i++ {
		binary.BigEndian.PutUint64(t.body[8:], uint64(sequence+i))
		if t.batch > 1 {
			out = t.appendOfBatch(out, sequence+i)
		} else {
			out = append(out, t.body...)
		}
	}
	return endFrame(out, start, headerBytes)
}

// size, magic, CRC, flag, body length, body, properties length, properties
func (t *template) appendOfBatch(out []byte, sequence int64) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(20+len(t.body)+2+len(t.properties)))
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint32(out, uint32(len(t.body)))
	out = append(out, t.body...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(t.properties)))
	setKey(t.properties[t.keyAt:t.keyAt+len(t.key)], sequence)
	return append(out, t.properties...)
}

func setKey(key []byte, sequence int64) {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(sequence))
	hex.Encode(key[len(key)-sequenceDigits:], bytes[2:])
}

// stored is a message as a pull gives it.
type stored struct {
	queueOffset int64
	producer    uint32
	sequence    uint64
	sentAt      int64
}

// firstStored takes the first message of a pull's body apart, checks it, and gives how long it is.
func firstStored(b []byte) (m stored, length int, err error) {
	if len(b) < leastRecord {
		return m, 0, fmt.Errorf("a message of %d bytes", len(b))
	}
	length = int(binary.BigEndian.Uint32(b))
	magic := binary.BigEndian.Uint32(b[4:])
	if length < leastRecord || length > len(b) || magic != recordMagicV1 && magic != recordMagicV2 {
		return m, 0, fmt.Errorf("no message: length %d of %d, magic %x", length, len(b), magic)
	}
	m.queueOffset = int64(binary.BigEndian.Uint64(b[20:]))
	flag := binary.BigEndian.Uint32(b[36:])
	at := bodyLengthAt + v6Bytes*bits.OnesCount32(flag&(bornHostV6|storeHostV6))
	bodyBytes := int(binary.BigEndian.Uint32(b[at:]))
	if bodyBytes < leastBodyBytes || at+4+bodyBytes > length {
		return m, 0, fmt.Errorf("a body of %d bytes", bodyBytes)
	}
	body := b[at+4 : at+4+bodyBytes]
	if crc := binary.BigEndian.Uint32(b[8:]); crc32.ChecksumIEEE(body)&crcMask != crc&crcMask {
		return m, 0, fmt.Errorf("a body does not have the CRC %08x", crc)
	}
	if binary.BigEndian.Uint32(body) != bodyMagic {
		return m, 0, fmt.Errorf("a body that was not sent")
	}
	m.producer = binary.BigEndian.Uint32(body[4:])
	m.sequence = binary.BigEndian.Uint64(body[8:])
	m.sentAt = int64(binary.BigEndian.Uint64(body[16:]))
	return m, length, nil
}

// seen finds messages that came twice or never.
type seen struct {
	producers map[uint32]*sequences
	doubled   int64
}

type sequences struct {
	bits  []uint64
	count int64
	top   int64
}

func (s *seen) add(m *stored) {
	p := s.producers[m.producer]
	if p == nil {
		p = &sequences{}
		s.producers[m.producer] = p
	}
	word, bit := int(m.sequence>>6), uint64(1)<<(m.sequence&63)
	for word >= len(p.bits) {
		p.bits = append(p.bits, make([]uint64, 1024+len(p.bits))...)
	}
	if p.bits[word]&bit != 0 {
		s.doubled++
		return
	}
	p.bits[word] |= bit
	p.count++
	p.top = max(p.top, int64(m.sequence)+1)
}

// missing counts the numbers below the highest of each producer that nobody has seen.
func missing(all []*seen) int64 {
	producers := map[uint32]*sequences{}
	for _, s := range all {
		for id, p := range s.producers {
			sum := producers[id]
			if sum == nil {
				sum = &sequences{}
				producers[id] = sum
			}
			sum.count += p.count
			sum.top = max(sum.top, p.top)
		}
	}
	var n int64
	for _, p := range producers {
		n += p.top - p.count
	}
	return n
}
