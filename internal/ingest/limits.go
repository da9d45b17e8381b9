package ingest

import (
	"strconv"
	"strings"
	"time"

	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

func parseMaxRejects(s string) (count int64, share float64, err error) {
	if s == "" {
		return -1, -1, nil
	}
	if p, ok := strings.CutSuffix(s, "%"); ok {
		share, err = strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || share < 0 || share > 100 {
			return 0, 0, errMaxRejects(s)
		}
		return -1, share / 100, nil
	}
	count, err = strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || count < 0 {
		return 0, 0, errMaxRejects(s)
	}
	return count, -1, nil
}

func tooManyRejects(limit string, o warehouse.Outcome) error {
	count, share, err := parseMaxRejects(limit)
	if err != nil {
		return err
	}
	if count >= 0 && o.Rejected > count || share >= 0 && float64(o.Rejected) > share*float64(o.Records) {
		return errTooManyRejects(o.Rejected, o.Records, limit)
	}
	return nil
}

var noteKeyBroken = Note{"key_not_unique", text.Text{
	EN: "the primary key is not unique: some new rows have a key that is there already",
	ZH: "主键不唯一：部分新数据的主键与已有数据重复"}}

func noteSameFile(at time.Time) Note {
	return Note{"same_file", text.Text{
		EN: "this very file was loaded before, on {at}", ZH: "同一个文件已在 {at} 导入过"}.
		With("at", at.Format("2006-01-02 15:04 UTC"))}
}

func noteOddTimes(column string, n int64) Note {
	return Note{"odd_times", text.Text{
		EN: "{n} times in {column} fall where clocks change: skipped ones were read as later, doubled ones as earlier",
		ZH: "{column} 中有 {n} 个时间落在时钟调整处：不存在的按较晚时刻、重复的按较早时刻读取"}.
		With("n", n, "column", column)}
}
