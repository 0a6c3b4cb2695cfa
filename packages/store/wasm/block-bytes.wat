;; CRC-32 and copies of stretches of a memory that threads share, for the one that judges blocks of the commit log: a
;; call costs a few nanoseconds here, where one into the runtime costs more than the sum of a short body.
;;
;; The first 8 KiB of the memory are the caller's tables: eight of 256 words, of each byte what it adds to a sum with
;; 0 to 7 bytes behind it.
(module
  (memory (import "blocks" "memory") 1 65536 shared)

  ;; The sum $register continued by the eight bytes of $word. Functions are not inlined: all is written out.
  (func $continued (param $register i32) (param $word i64) (result i32)
    (local $low i32)
    (local $high i32)
    (local.set $low (i32.xor (local.get $register) (i32.wrap_i64 (local.get $word))))
    (local.set $high (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 32))))
    (i32.xor
      (i32.xor
        (i32.xor
          (i32.load offset=7168 (i32.shl (i32.and (local.get $low) (i32.const 255)) (i32.const 2)))
          (i32.load offset=6144 (i32.shl (i32.and (i32.shr_u (local.get $low) (i32.const 8)) (i32.const 255)) (i32.const 2))))
        (i32.xor
          (i32.load offset=5120 (i32.shl (i32.and (i32.shr_u (local.get $low) (i32.const 16)) (i32.const 255)) (i32.const 2)))
          (i32.load offset=4096 (i32.shl (i32.shr_u (local.get $low) (i32.const 24)) (i32.const 2)))))
      (i32.xor
        (i32.xor
          (i32.load offset=3072 (i32.shl (i32.and (local.get $high) (i32.const 255)) (i32.const 2)))
          (i32.load offset=2048 (i32.shl (i32.and (i32.shr_u (local.get $high) (i32.const 8)) (i32.const 255)) (i32.const 2))))
        (i32.xor
          (i32.load offset=1024 (i32.shl (i32.and (i32.shr_u (local.get $high) (i32.const 16)) (i32.const 255)) (i32.const 2)))
          (i32.load offset=0 (i32.shl (i32.shr_u (local.get $high) (i32.const 24)) (i32.const 2)))))))

  ;; The product of two polynomials modulo that of CRC-32, in its reflected order: bit 31 is x^0.
  (func $product (param $a i32) (param $b i32) (result i32)
    (local $sum i32)
    (local $left i32)
    (local.set $left (i32.const 32))
    (loop $bit
      (local.set $sum
        (i32.xor (local.get $sum) (i32.and (local.get $b) (i32.shr_s (local.get $a) (i32.const 31)))))
      (local.set $a (i32.shl (local.get $a) (i32.const 1)))
      (local.set $b
        (i32.xor
          (i32.shr_u (local.get $b) (i32.const 1))
          (i32.and (i32.const 0xedb88320) (i32.sub (i32.const 0) (i32.and (local.get $b) (i32.const 1))))))
      (br_if $bit (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (local.get $sum))

  ;; The sum $register continued by the $length bytes at $at. $power is x^(64 * (length / 16)) modulo the polynomial.
  ;;
  ;; Long stretches are taken as two halves, one in each lane. The polynomial divides 1 + x^11 + x^19 + x^75 + x^93 + x^274:
  ;; what a word of 64 bits adds to the sum is added to the words behind it instead, at the bits that these powers tell,
  ;; five words far at most, so that no table is needed (Russell, "Chorba: A novel CRC32 implementation", 2024).
  (func (export "crc32") (param $at i32) (param $length i32) (param $power i32) (param $register i32) (result i32)
    (local $end i32) (local $half i32) (local $words i32) (local $second i32)
    (local $e v128) (local $p0 v128) (local $p1 v128) (local $p2 v128) (local $p3 v128) (local $p4 v128)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.ge_u (local.get $length) (i32.const 160))
      (then
        (local.set $words (i32.shr_u (local.get $length) (i32.const 4)))
        (local.set $half (i32.add (local.get $at) (i32.shl (local.get $words) (i32.const 3))))
        (local.set $words (i32.sub (local.get $words) (i32.const 5)))
        (local.set $p0 (i64x2.replace_lane 0 (local.get $p0) (i64.extend_i32_u (local.get $register))))
        (loop $word
          (local.set $e
            (v128.xor
              (local.get $p0)
              (v128.load64_lane 1 (local.get $half) (v128.load64_zero (local.get $at)))))
          (local.set $p0 (local.get $p1))
          (local.set $p1 (v128.xor (local.get $p2) (i64x2.shl (local.get $e) (i32.const 53))))
          (local.set $p2
            (v128.xor
              (v128.xor (local.get $p3) (i64x2.shr_u (local.get $e) (i32.const 11)))
              (v128.xor
                (i64x2.shl (local.get $e) (i32.const 7))
                (i64x2.shl (local.get $e) (i32.const 63)))))
          (local.set $p3
            (v128.xor
              (v128.xor (local.get $p4) (i64x2.shr_u (local.get $e) (i32.const 57)))
              (v128.xor
                (i64x2.shr_u (local.get $e) (i32.const 1))
                (v128.xor
                  (i64x2.shl (local.get $e) (i32.const 7))
                  (i64x2.shl (local.get $e) (i32.const 18))))))
          (local.set $p4
            (v128.xor
              (i64x2.shr_u (local.get $e) (i32.const 57))
              (i64x2.shr_u (local.get $e) (i32.const 46))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $half (i32.add (local.get $half) (i32.const 8)))
          (br_if $word (local.tee $words (i32.sub (local.get $words) (i32.const 1)))))
        ;; The last five words of each half are summed with what was added to them.
        (local.set $register (i32.const 0))
        (local.set $words (i32.const 5))
        (loop $word
          (local.set $register
            (call $continued
              (local.get $register)
              (i64.xor (i64.load (local.get $at)) (i64x2.extract_lane 0 (local.get $p0)))))
          (local.set $second
            (call $continued
              (local.get $second)
              (i64.xor (i64.load (local.get $half)) (i64x2.extract_lane 1 (local.get $p0)))))
          (local.set $p0 (local.get $p1))
          (local.set $p1 (local.get $p2))
          (local.set $p2 (local.get $p3))
          (local.set $p3 (local.get $p4))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $half (i32.add (local.get $half) (i32.const 8)))
          (br_if $word (local.tee $words (i32.sub (local.get $words) (i32.const 1)))))
        (local.set $register
          (i32.xor (call $product (local.get $power) (local.get $register)) (local.get $second)))
        (local.set $at (local.get $half))))
    (block $done
      (loop $word
        (br_if $done (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)))
        (local.set $register (call $continued (local.get $register) (i64.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $word)))
    (block $done
      (loop $byte
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $register
          (i32.xor
            (i32.shr_u (local.get $register) (i32.const 8))
            (i32.load
              (i32.shl
                (i32.and (i32.xor (local.get $register) (i32.load8_u (local.get $at))) (i32.const 255))
                (i32.const 2)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $register))

  (func (export "copy") (param $from i32) (param $to i32) (param $length i32)
    (memory.copy (local.get $to) (local.get $from) (local.get $length))))
