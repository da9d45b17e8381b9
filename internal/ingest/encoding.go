package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// encodingOf looks at the head, and at places further on in a file that is not
// compressed, for bytes that are not UTF-8.
func encodingOf(path string, head []byte, packed bool) (string, error) {
	if packed {
		src, err := openText(path, utf8Encoding, nil)
		if err != nil {
			return "", err
		}
		head = make([]byte, sniffBytes)
		n, err := io.ReadFull(src, head)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		if err := errors.Join(err, src.Close()); err != nil {
			return "", err
		}
		head = head[:n]
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return utf16Encoding, nil
	}
	if wide := looksWide(head); wide != "" {
		return wide, nil
	}
	if other := looksOther(head); other != "" || packed {
		return cmp.Or(other, utf8Encoding), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("staged file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("staged file: %w", err)
	}
	part := make([]byte, 64<<10)
	for i := int64(1); i <= 8; i++ {
		n, err := f.ReadAt(part, info.Size()*i/9)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("staged file: %w", err)
		}
		// Begin after a line end, so as not to cut a character.
		piece := part[:n]
		piece = piece[bytes.IndexByte(piece, '\n')+1:]
		if other := looksOther(piece); other != "" {
			return other, nil
		}
	}
	return utf8Encoding, nil
}

// looksWide finds UTF-16 without its mark, as Windows writes it: mostly ASCII,
// with a nought behind every byte.
func looksWide(b []byte) string {
	b = b[:min(len(b), 4096)&^1]
	var noughts [2]int
	for i, c := range b {
		if c == 0 {
			noughts[i&1]++
		}
	}
	if len(b) >= 8 && 4*noughts[1] >= len(b) && 50*noughts[0] <= noughts[1] {
		return utf16Encoding
	}
	return ""
}

// looksOther tells the encoding of bytes that are not UTF-8; empty when they are,
// but for a slip, or when it cannot be told.
func looksOther(b []byte) string {
	if i := bytes.LastIndexByte(b, '\n'); i > 0 {
		b = b[:i]
	}
	bad := badUTF8(b)
	switch {
	case bad == 0:
	case looksLatin(b, bad):
		return latinEncoding
	case looksGB(b, bad):
		return gbEncoding
	}
	return ""
}

// looksGB reports whether bytes are GB18030, with hardly a slip.
func looksGB(b []byte, bad int) bool {
	out := make([]byte, 2*len(b)+8)
	n, _, err := newGBDecoder().Transform(out, b, true)
	return err == nil && 20*bytes.Count(out[:n], []byte{0xFF}) < bad
}

// looksLatin reports whether bytes are text in Latin letters with accents: they
// stand alone among others, while Chinese characters are two bytes beyond ASCII,
// as a rule, and stand beside each other.
func looksLatin(b []byte, bad int) bool {
	high, alone := 0, 0
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		high++
		before, after := i > 0 && isLetter(b[i-1]), i+1 < len(b) && isLetter(b[i+1])
		if c >= 0xC0 && (before || after) && (i == 0 || b[i-1] < 0x80) && (i+1 == len(b) || b[i+1] < 0x80) {
			alone++
		}
	}
	return 10*bad >= 9*high && 10*alone >= 7*high
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func badUTF8(b []byte) (bad int) {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 && utf8.FullRune(b) {
			bad++
		}
		b = b[size:]
	}
	return bad
}
