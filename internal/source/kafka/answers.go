package kafka

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// answers counts, by broker, the answers to being asked for messages. It tells a
// partition that has no more from one whose messages are slow to come.
type answers struct {
	mu sync.Mutex
	of map[int32]int
}

// OnBrokerRead is told of every answer.
func (a *answers) OnBrokerRead(from kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	if err == nil && key == int16(kmsg.Fetch) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.of[from.NodeID]++
	}
}

func (a *answers) now() map[int32]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.of)
}

// sure is how many answers without a message say that there is none: the first
// may have been on its way.
const sure = 2

// since reports whether the leaders of all partitions have said so.
func (a *answers) since(before map[int32]int, leaders map[int32]int32, partitions map[int32]kgo.Offset) bool {
	now := a.now()
	for p := range partitions {
		if leader, ok := leaders[p]; !ok || now[leader] < before[leader]+sure {
			return false
		}
	}
	return true
}

// leaders tells which brokers have the partitions of a topic now.
func (r *reader) leaders(ctx context.Context, topic string) (map[int32]int32, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	topics, err := r.admin.ListTopics(limited, topic)
	if err != nil {
		return nil, r.fault(ctx, topic, err)
	}
	out := map[int32]int32{}
	for _, p := range topics[topic].Partitions {
		out[p.Partition] = p.Leader
	}
	return out, nil
}
