package cli

import (
	"lodestar/internal/text"
)

// message is something that a command says.
type message int

// What commands say, besides what the server says.
const (
	msgAbout message = iota
	msgTryHelp
	msgDataOrServer
	msgBadServer
	msgServeLocal
	msgBackupLocal
	msgTLSBoth
	msgInitDone
	msgJSONOrFlags
	msgMetricNeeded
	msgBadPeriod
	msgWarning
	msgTruncated
	msgOthers
	msgTotal
	msgOverlap
	msgLoadAllAlone
	msgLoadDataset
	msgLoadUndoAlone
	msgLoadFiles
	msgLoadProgress
	msgLoaded
	msgUndone
	msgRejects
	msgPasswordEmpty
)

// say gives a message in both languages.
func say(m message) text.Text {
	switch m {
	case msgAbout:
		return text.Text{EN: "Lodestar: from raw business data to a North Star metric that people act on.",
			ZH: "Lodestar 北辰：从业务数据到人人行动的北极星指标。"}
	case msgTryHelp:
		return text.Text{EN: "try: lodestar --help",
			ZH: "查看用法：lodestar --help"}
	case msgDataOrServer:
		return text.Text{EN: "give --data or --server, not both",
			ZH: "--data 和 --server 只能给一个"}
	case msgBadServer:
		return text.Text{EN: "{url} is not an address such as http://127.0.0.1:8080",
			ZH: "{url} 不是有效地址，应形如 http://127.0.0.1:8080"}
	case msgServeLocal:
		return text.Text{EN: "serve works on --data, not on --server",
			ZH: "serve 使用 --data，不能用 --server"}
	case msgBackupLocal:
		return text.Text{EN: "backup, restore and compact work on --data with the server stopped, not on --server",
			ZH: "备份、恢复和整理须先停止服务并使用 --data，不能用 --server"}
	case msgTLSBoth:
		return text.Text{EN: "give both --tls-cert and --tls-key",
			ZH: "--tls-cert 和 --tls-key 须同时给出"}
	case msgInitDone:
		return text.Text{EN: "wrote a starter folder; next:\n  lodestar apply -f {dir}\n  lodestar load --all --source {dir}\n  lodestar query -m revenue -b week\n  lodestar serve",
			ZH: "入门文件夹已生成，接下来：\n  lodestar apply -f {dir}\n  lodestar load --all --source {dir}\n  lodestar query -m revenue -b week\n  lodestar serve"}
	case msgJSONOrFlags:
		return text.Text{EN: "give the question with --json or with --metric, not both",
			ZH: "查询用 --json 或 --metric 之一给出"}
	case msgMetricNeeded:
		return text.Text{EN: "name a metric with --metric, or give the question with --json -",
			ZH: "请用 --metric 指定指标，或用 --json - 给出查询"}
	case msgBadPeriod:
		return text.Text{EN: "{text} is not a period; write 2026-01, 2026-Q1, 2026-W05, 2026-01-05 or 2026-01-01..2026-02-01",
			ZH: "{text} 不是有效时期，可写 2026-01、2026-Q1、2026-W05、2026-01-05 或 2026-01-01..2026-02-01"}
	case msgWarning:
		return text.Text{EN: "warning: ",
			ZH: "注意："}
	case msgTruncated:
		return text.Text{EN: "there are more rows; use --limit or a narrower question",
			ZH: "结果未显示完整，请用 --limit 或缩小范围"}
	case msgOthers:
		return text.Text{EN: "others",
			ZH: "其他"}
	case msgTotal:
		return text.Text{EN: "total",
			ZH: "总计"}
	case msgOverlap:
		return text.Text{EN: "overlap",
			ZH: "重叠"}
	case msgLoadAllAlone:
		return text.Text{EN: "--all takes no dataset and no files",
			ZH: "--all 不能与数据集或文件同时使用"}
	case msgLoadDataset:
		return text.Text{EN: "name the dataset with --dataset, or use --all",
			ZH: "请用 --dataset 指定数据集，或使用 --all"}
	case msgLoadUndoAlone:
		return text.Text{EN: "--undo and --rejects take no files",
			ZH: "--undo 和 --rejects 不需要文件"}
	case msgLoadFiles:
		return text.Text{EN: "name the files to load into {dataset}",
			ZH: "请指定要装载到 {dataset} 的文件"}
	case msgLoadProgress:
		return text.Text{EN: "{dataset}: {percent} %",
			ZH: "{dataset}：{percent}%"}
	case msgLoaded:
		return text.Text{EN: "{dataset}: {loaded} rows loaded, {rejected} rejected ({file})",
			ZH: "{dataset}：装载 {loaded} 行，拒收 {rejected} 行（{file}）"}
	case msgUndone:
		return text.Text{EN: "{dataset}: back to the rows before the last load",
			ZH: "{dataset}：已恢复到最近一次装载之前的数据"}
	case msgRejects:
		return text.Text{EN: "see why with: lodestar load --dataset {dataset} --rejects",
			ZH: "查看拒收原因：lodestar load --dataset {dataset} --rejects"}
	case msgPasswordEmpty:
		return text.Text{EN: "there is no password on standard input",
			ZH: "标准输入中没有密码"}
	}
	return text.Text{}
}
