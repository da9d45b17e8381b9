package pgwire

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// numericText writes a float with all of its digits and no exponent.
func numericText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func badParameter(n int) error {
	return pgsql.Fail("22P03", -1, text.Text{ZH: "参数 ${n} 的二进制格式有误", EN: "the binary format of parameter ${n} is wrong"}, "n", n)
}

// decode reads parameter n of a type; nil is NULL.
func decode(b []byte, t pgcat.OID, format int16, n int, zone *time.Location) (any, error) {
	if b == nil {
		return nil, nil
	}
	if format == textFormat {
		if !utf8.Valid(b) {
			return nil, pgsql.Fail("22021", -1, text.Text{ZH: "参数 ${n} 不是有效的 UTF-8", EN: "parameter ${n} is not valid UTF-8"}, "n", n)
		}
		return pgcat.Parse(string(b), t, zone)
	}
	be := binary.BigEndian
	size := map[pgcat.OID]int{pgcat.Bool: 1, pgcat.Int2: 2, pgcat.Int4: 4, pgcat.OIDType: 4, pgcat.Int8: 8, pgcat.Float4: 4, pgcat.Float8: 8,
		pgcat.Date: 4, pgcat.Timestamp: 8, pgcat.TimestampTZ: 8, pgcat.IntervalOID: 16}[t]
	if size > 0 && len(b) != size {
		return nil, badParameter(n)
	}
	switch t {
	case pgcat.Bool:
		return b[0] != 0, nil
	case pgcat.Int2:
		return int64(int16(be.Uint16(b))), nil
	case pgcat.Int4:
		return int64(int32(be.Uint32(b))), nil
	case pgcat.OIDType:
		return int64(be.Uint32(b)), nil
	case pgcat.Int8:
		return int64(be.Uint64(b)), nil
	case pgcat.Float4:
		return float64(math.Float32frombits(be.Uint32(b))), nil
	case pgcat.Float8:
		return math.Float64frombits(be.Uint64(b)), nil
	case pgcat.Date:
		days := int64(int32(be.Uint32(b)))
		if days < -730_000 || days > 3_000_000 {
			return nil, pgsql.Fail("22008", -1, text.Text{ZH: "日期超出范围", EN: "the date is out of range"})
		}
		return epoch.AddDate(0, 0, int(days)), nil
	case pgcat.Timestamp, pgcat.TimestampTZ:
		micros := int64(be.Uint64(b))
		if micros < -63_000_000_000_000_000 || micros > 252_000_000_000_000_000 {
			return nil, pgsql.Fail("22008", -1, text.Text{ZH: "时间超出范围", EN: "the time is out of range"})
		}
		at := time.UnixMicro(micros + epoch.UnixMicro()).UTC()
		if t == pgcat.TimestampTZ {
			at = at.In(zone)
		}
		return at, nil
	case pgcat.IntervalOID:
		return pgcat.Interval{Rest: time.Duration(int64(be.Uint64(b))) * time.Microsecond, Days: int(int32(be.Uint32(b[8:]))), Months: int(int32(be.Uint32(b[12:])))}, nil
	case pgcat.Numeric:
		var x pgtype.Numeric
		if err := pgtype.NewMap().Scan(pgtype.NumericOID, binaryFormat, b, &x); err != nil || !x.Valid || x.NaN || x.InfinityModifier != 0 || x.Exp < -1000 || x.Exp > 1000 {
			return nil, badParameter(n)
		}
		if x.Exp > 0 {
			f, err := x.Float64Value()
			return f.Float64, err
		}
		return warehouse.BigDecimal(x.Int, int(-x.Exp)), nil
	case pgcat.Text, pgcat.Varchar, pgcat.BPChar, pgcat.Name, pgcat.Char, pgcat.Unknown, pgcat.JSON:
		return decode(b, t, textFormat, n, zone)
	}
	if el := t.Element(); el != 0 {
		return decodeArray(b, el, n, zone)
	}
	return nil, pgsql.Fail("0A000", -1, text.Text{ZH: "参数 ${n}：类型 {t} 不能以二进制格式接收", EN: "parameter ${n}: the type {t} cannot be read in binary format"}, "n", n, "t", t)
}

func decodeArray(b []byte, el pgcat.OID, n int, zone *time.Location) (any, error) {
	be := binary.BigEndian
	if len(b) < 12 {
		return nil, badParameter(n)
	}
	dims := be.Uint32(b)
	if got := pgcat.OID(be.Uint32(b[8:])); got.Known() {
		el = got
	}
	if dims == 0 {
		return pgcat.Array{}, nil
	}
	if dims != 1 || len(b) < 20 {
		return nil, badParameter(n)
	}
	count := be.Uint32(b[12:])
	b = b[20:]
	out := pgcat.Array{}
	for range count {
		if len(b) < 4 {
			return nil, badParameter(n)
		}
		size := int32(be.Uint32(b))
		b = b[4:]
		if size < 0 {
			out = append(out, nil)
			continue
		}
		if int(size) > len(b) {
			return nil, badParameter(n)
		}
		v, err := decode(b[:size], el, binaryFormat, n, zone)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		b = b[size:]
	}
	return out, nil
}
