package ingest

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// gbDecoder turns GB18030 into UTF-8. ASCII is copied and pairs of bytes go
// through a table; the rare four-byte forms go to the general decoder. What is
// not GB18030 becomes the byte 0xFF, which the splitter then finds.
type gbDecoder struct {
	transform.NopResetter
	pairs   []rune // by (lead-0x81)*191 + trail-0x40
	general transform.Transformer
}

func newGBDecoder() *gbDecoder {
	d := &gbDecoder{pairs: make([]rune, 126*191), general: simplifiedchinese.GB18030.NewDecoder()}
	var out [8]byte
	for i := range d.pairs {
		pair := []byte{byte(0x81 + i/191), byte(0x40 + i%191)}
		d.general.Reset()
		n, used, err := d.general.Transform(out[:], pair, true)
		r, size := utf8.DecodeRune(out[:n])
		if err != nil || used != 2 || size != n || r == utf8.RuneError {
			r = -1
		}
		d.pairs[i] = r
	}
	return d
}

// Transform satisfies transform.Transformer.
func (d *gbDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c := src[nSrc]
		if c < 0x80 {
			n := ascii(src[nSrc:min(len(src), nSrc+len(dst)-nDst)])
			if n == 0 {
				return nDst, nSrc, transform.ErrShortDst
			}
			copy(dst[nDst:], src[nSrc:nSrc+n])
			nDst += n
			nSrc += n
			continue
		}
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		r, size := d.char(src[nSrc:])
		if size == 0 {
			if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r, size = -1, 1
		}
		if r < 0 {
			dst[nDst] = 0xFF
			nDst++
		} else {
			nDst += utf8.EncodeRune(dst[nDst:], r)
		}
		nSrc += size
	}
	return nDst, nSrc, nil
}

// ascii counts the bytes below 0x80 that b starts with, eight at a time.
func ascii(b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if high := binary.LittleEndian.Uint64(b[n:]) & 0x8080808080808080; high != 0 {
			return n + bits.TrailingZeros64(high)/8
		}
	}
	for n < len(b) && b[n] < 0x80 {
		n++
	}
	return n
}

// char decodes one character; size 0 asks for more bytes, r < 0 is none.
func (d *gbDecoder) char(src []byte) (r rune, size int) {
	lead := src[0]
	if lead == 0x80 || lead == 0xFF {
		return -1, 1
	}
	if len(src) < 2 {
		return 0, 0
	}
	trail := src[1]
	if trail >= '0' && trail <= '9' {
		return d.four(src)
	}
	if trail < 0x40 || trail == 0x7F || trail == 0xFF {
		return -1, 1
	}
	if r = d.pairs[int(lead-0x81)*191+int(trail-0x40)]; r < 0 {
		return -1, 2
	}
	return r, 2
}

func (d *gbDecoder) four(src []byte) (r rune, size int) {
	if len(src) < 4 {
		return 0, 0
	}
	var out [8]byte
	d.general.Reset()
	n, used, err := d.general.Transform(out[:], src[:4], true)
	r, width := utf8.DecodeRune(out[:n])
	if err != nil || used != 4 || width != n || r == utf8.RuneError {
		return -1, 1
	}
	return r, 4
}
