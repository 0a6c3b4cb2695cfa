package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const (
	codePull         = 11
	codeMaxOffset    = 30
	codeHeartbeat    = 34
	codeSendV2       = 310
	codeSendBatch    = 320
	success          = 0
	systemBusy       = 2
	flowControl      = 215
	pullNotFound     = 19
	pullRetryAtOnce  = 20
	prefixBytes      = 8
	maxFrameBytes    = 64 << 20
	dialTimeout      = 30 * time.Second
	firstReadBytes   = 64 << 10
	headerLengthMask = 0xffffff
	responseFlag     = 1
	answerLimit      = 60 * time.Second
	beforeOpaque     = `"flag":0,"language":"JAVA","opaque":`
	afterOpaque      = `,"serializeTypeCurrentRPC":"JSON","version":513}`
)

var (
	codeKey   = []byte(`"code":`)
	flagKey   = []byte(`"flag":`)
	opaqueKey = []byte(`"opaque":`)
)

// answer is a frame from the broker; its parts hold until the next read.
type answer struct {
	code, opaque int
	header, body []byte
}

// connection cuts answers out of a stream.
type connection struct {
	net.Conn
	buffer   []byte
	from, to int
}

func dial(address string) (*connection, error) {
	c, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, buffer: make([]byte, firstReadBytes)}, nil
}

// next gives an answer that has been read, if there is a whole one. Requests of the broker are passed over.
func (c *connection) next(a *answer) (bool, error) {
	for c.to-c.from >= prefixBytes {
		length := int(binary.BigEndian.Uint32(c.buffer[c.from:]))
		if length < 4 || length > maxFrameBytes {
			return false, fmt.Errorf("a frame of %d bytes", length)
		}
		end := c.from + 4 + length
		if end > c.to {
			return false, nil
		}
		bodyAt := c.from + prefixBytes + int(binary.BigEndian.Uint32(c.buffer[c.from+4:])&headerLengthMask)
		if bodyAt > end {
			return false, fmt.Errorf("a header longer than its frame of %d bytes", length)
		}
		a.header, a.body = c.buffer[c.from+prefixBytes:bodyAt], c.buffer[bodyAt:end]
		c.from = end
		if numberAfter(a.header, flagKey)&responseFlag != 0 {
			a.code, a.opaque = numberAfter(a.header, codeKey), numberAfter(a.header, opaqueKey)
			return true, nil
		}
	}
	return false, nil
}

// fill waits for more bytes.
func (c *connection) fill() error {
	if c.from == c.to {
		c.from, c.to = 0, 0
	} else if c.to == len(c.buffer) {
		if c.from < len(c.buffer)/2 {
			wider := make([]byte, 2*len(c.buffer))
			copy(wider, c.buffer[c.from:c.to])
			c.buffer = wider[:len(wider):len(wider)]
		} else {
			copy(c.buffer, c.buffer[c.from:c.to])
		}
		c.from, c.to = 0, c.to-c.from
	}
	n, err := c.Read(c.buffer[c.to:])
	c.to += n
	if n == 0 && err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// read waits for one answer.
func (c *connection) read(a *answer) error {
	for {
		if there, err := c.next(a); there || err != nil {
			return err
		}
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// numberAfter is the number behind a key of a JSON header; -1 when there is none.
func numberAfter(header, key []byte) int {
	at := bytes.Index(header, key)
	if at < 0 {
		return -1
	}
	value := 0
	for _, b := range header[at+len(key):] {
		if b == ',' || b == '}' {
			break
		}
		if b >= '0' && b <= '9' {
			value = value*10 + int(b-'0')
		}
	}
	return value
}

// textNumberAfter is the number in the text behind a key: extension fields are texts.
func textNumberAfter(header []byte, key string) (int64, bool) {
	value := numberAfter(header, []byte(`"`+key+`":`))
	return int64(value), value >= 0
}

// appendFrame adds a request: its header up to the number, the number, the rest, the body.
func appendFrame(out, header []byte, opaque int, body []byte) []byte {
	start := len(out)
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
	out = append(out, header...)
	out, headerBytes := endHeader(out, start, opaque)
	out = append(out, body...)
	return endFrame(out, start, headerBytes)
}

func endHeader(out []byte, start, opaque int) (all []byte, headerBytes int) {
	out = strconv.AppendInt(out, int64(opaque), 10)
	out = append(out, afterOpaque...)
	return out, len(out) - start - prefixBytes
}

func endFrame(out []byte, start, headerBytes int) []byte {
	binary.BigEndian.PutUint32(out[start:], uint32(len(out)-start-4))
	binary.BigEndian.PutUint32(out[start+4:], uint32(headerBytes))
	return out
}

// requestHeader is the text of a header up to its number.
func requestHeader(code int, fields map[string]string) []byte {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // a map of texts is always JSON
	}
	return fmt.Appendf(nil, `{"code":%d,"extFields":%s,%s`, code, text, beforeOpaque)
}

// ask sends one request and waits for its answer, of which it gives the header.
func (c *connection) ask(code int, fields map[string]string, body []byte) (*answer, error) {
	if err := c.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return nil, err
	}
	defer c.SetDeadline(time.Time{})
	if _, err := c.Write(appendFrame(nil, requestHeader(code, fields), 1, body)); err != nil {
		return nil, err
	}
	a := &answer{}
	if err := c.read(a); err != nil {
		return nil, err
	}
	if a.code != success {
		return nil, fmt.Errorf("request %d was refused: %s", code, a.header)
	}
	return a, nil
}
