package main

import (
	"math/bits"
	"time"
)

const (
	subBits = 6
	subs    = 1 << subBits
	buckets = 60 * subs
)

// histogram counts durations in buckets of about one percent.
type histogram struct {
	counts [buckets]uint32
	total  int64
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(uint64(max(0, int64(d))))]++
	h.total++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}

// microseconds below which the share of all durations lies.
func (h *histogram) microseconds(share float64) float64 {
	left := int64(share*float64(h.total)) + 1
	for bucket, n := range h.counts {
		if left -= int64(n); left <= 0 {
			return float64(middleOf(bucket)) / 1000
		}
	}
	return 0
}

func (h *histogram) report(r result) {
	if h.total == 0 {
		return
	}
	r["p50Us"] = h.microseconds(0.5)
	r["p99Us"] = h.microseconds(0.99)
	r["p999Us"] = h.microseconds(0.999)
}

// Values below 64 have a bucket each; above, every power of two is cut into 64.
func bucketOf(v uint64) int {
	if v < subs {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return min(buckets-1, (shift+1)<<subBits+int(v>>shift)-subs)
}

func middleOf(bucket int) uint64 {
	if bucket < subs {
		return uint64(bucket)
	}
	shift := bucket>>subBits - 1
	return uint64(bucket&(subs-1)+subs)<<shift + 1<<shift/2
}
