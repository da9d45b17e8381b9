package event

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/warehouse"
)

// The calls of the protocol.
var calls = []string{"track", "identify", "page", "screen", "group", "alias"}

// Limits of the protocol.
const (
	MostBody    = 1 << 20  // bytes of a request, unpacked; clients send half as much
	MostMessage = 32 << 10 // bytes
	mostID      = 200      // bytes
)

// message is what a client tells of one thing that happened.
type message struct {
	call, id             string
	userID, anonymousID  string
	name                 string // of the event, page or screen
	category             string
	groupID, previousID  string
	timestamp, sentAt    []byte
	properties, context  []byte // properties, or traits
	raw                  []byte
	received, sent, time time.Time
	source               string
	key                  warehouse.MessageID
	reasons              []Reason
	saysContext          bool
	shared               bool // the context is that of the batch
	hook                 bool // another program told of it; see Hook
}

// blame notes a reason.
func (m *message) blame(r Reason) { m.reasons = append(m.reasons, r) }

// parse reads a message that was checked as JSON. call is that of the request;
// empty for what says it itself.
func parse(raw []byte, call string) message {
	m := message{raw: raw, call: call}
	text := func(v []byte, property string) string {
		switch {
		case isNull(v):
			return ""
		case isText(v):
			return string(unquoted(v))
		case isNumber(v):
			return string(v)
		}
		m.blame(Reason{Layer: LayerEvent, Kind: WrongType, Property: property, Found: kindOf(v), Expected: "text"})
		return ""
	}
	var traits []byte
	var event, name string
	members(raw, func(key, v []byte) {
		switch string(key) {
		case "type":
			switch kind := text(v, "type"); {
			case kind == hookType && (call == "" || call == "track"):
				m.call, m.hook = "track", true
			case call == "":
				m.call = kind
			}
		case "messageId":
			m.id = text(v, "messageId")
		case "userId":
			m.userID = text(v, "userId")
		case "anonymousId":
			m.anonymousID = text(v, "anonymousId")
		case "event":
			event = text(v, "event")
		case "name":
			name = text(v, "name")
		case "category":
			m.category = text(v, "category")
		case "groupId":
			m.groupID = text(v, "groupId")
		case "previousId":
			m.previousID = text(v, "previousId")
		case "timestamp":
			m.timestamp = v
		case "sentAt":
			m.sentAt = v
		case "properties":
			m.properties = v
		case "traits":
			traits = v
		case "context":
			m.context, m.saysContext = v, true
		}
	})
	if m.name = event; m.call == "page" || m.call == "screen" {
		m.name = name
	}
	if m.call == "identify" || m.call == "group" {
		m.properties = traits
	}
	if !isNull(m.properties) && !isObject(m.properties) {
		m.blame(Reason{Layer: LayerEvent, Kind: WrongType, Property: "properties", Found: kindOf(m.properties), Expected: "object"})
		m.properties = nil
	}
	if !isObject(m.context) {
		m.context = nil
	}
	return m
}

// complete checks the envelope and works out when it happened. sentAt is that of
// the request; a message's own wins.
func (m *message) complete(received time.Time, sentAt []byte, source string, fallbackID func() string) {
	m.received, m.source = received, source
	if len(m.raw) > MostMessage {
		m.blame(Reason{Layer: LayerEvent, Kind: TooLarge, Found: strconv.Itoa(len(m.raw)), Expected: strconv.Itoa(MostMessage)})
	}
	switch {
	case m.call == "track" && strings.TrimSpace(m.name) == "":
		m.blame(Reason{Layer: LayerEvent, Kind: NoName})
	case !known(m.call):
		m.blame(Reason{Layer: LayerEvent, Kind: UnknownCall, Found: cut(m.call, 40), Expected: strings.Join(calls, ", ")})
	}
	id := []byte(m.id) // of the whole: ids that begin alike are those of two messages
	if m.id == "" {
		m.id = fallbackID()
		id = append([]byte{0}, m.id...) // which no sender can write: nobody takes the place of it
	}
	sum := sha256.Sum256(id)
	for _, id := range []struct {
		name  string
		value *string
	}{{"messageId", &m.id}, {"userId", &m.userID}, {"anonymousId", &m.anonymousID}, {"groupId", &m.groupID}, {"previousId", &m.previousID}} {
		if len(*id.value) > mostID {
			m.blame(Reason{Layer: LayerID, Kind: BadID, Property: id.name, Found: cut(*id.value, 40), Expected: "≤ " + strconv.Itoa(mostID)})
			*id.value = cut(*id.value, mostID-3)
		}
	}
	if m.userID == "" && m.anonymousID == "" && !m.hook {
		m.blame(Reason{Layer: LayerID, Kind: MissingID, Property: "userId", Expected: "userId, anonymousId"})
	}
	if m.call == "group" && m.groupID == "" {
		m.blame(Reason{Layer: LayerID, Kind: MissingID, Property: "groupId"})
	}
	if m.call == "alias" && m.previousID == "" {
		m.blame(Reason{Layer: LayerID, Kind: MissingID, Property: "previousId"})
	}
	if !isNull(m.sentAt) {
		sentAt = m.sentAt
	}
	m.time = m.corrected(sentAt)
	m.key = warehouse.MessageID(sum[:16])
}

func known(call string) bool {
	for _, c := range calls {
		if c == call {
			return true
		}
	}
	return false
}

// latest is how far in the future, by our clock, something may have happened.
const latest = 24 * time.Hour

// corrected is when it happened by our clock: the sender's clock is wrong by as
// much as the time it was sent at differs from when it came in.
func (m *message) corrected(sentAt []byte) time.Time {
	if isNull(m.timestamp) {
		return m.received
	}
	at, ok := m.instant("timestamp", m.timestamp)
	if !ok {
		return m.received
	}
	if !isNull(sentAt) {
		sent, ok := m.instant("sentAt", sentAt)
		if !ok {
			return m.received
		}
		m.sent = sent
		at = at.Add(m.received.Sub(sent))
	}
	if at.After(m.received.Add(latest)) || at.Year() < 1970 {
		m.blame(Reason{Layer: LayerEvent, Kind: BadTime, Property: "timestamp", Found: at.UTC().Format(time.RFC3339), Expected: "1970-01-01 … " + m.received.UTC().Format(time.DateOnly)})
		return m.received
	}
	return at.UTC().Truncate(time.Microsecond)
}

func (m *message) instant(property string, v []byte) (time.Time, bool) {
	if isText(v) {
		if at, err := time.Parse(time.RFC3339Nano, string(unquoted(v))); err == nil {
			return at, true
		}
	}
	m.blame(Reason{Layer: LayerEvent, Kind: BadTime, Property: property, Found: shown(v), Expected: "2026-01-31T23:59:59.123Z"})
	return time.Time{}, false
}
