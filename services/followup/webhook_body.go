package followup

import (
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// webhookBody is what outside systems get, by the layout that Standard Webhooks recommends. Fields are added, and none is renamed.
type webhookBody struct {
	Type      string    `json:"type"`
	Timestamp string    `json:"timestamp"`
	Data      eventData `json:"data"`
}

// eventData is an event without what is only for those inside.
type eventData struct {
	Event     string          `json:"event"`
	Source    string          `json:"source"`
	Complaint string          `json:"complaint"`
	Cycle     int32           `json:"cycle"`
	Position  int64           `json:"position"`
	Actor     string          `json:"actor"`
	Payload   json.RawMessage `json:"payload"`
}

// tell writes what outside systems get of an event.
func tell(e *eventv1.Event, p *eventv1.Payload) ([]byte, error) {
	m := p.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind"))
	if field == nil {
		return nil, fmt.Errorf("event %s tells nothing", e.GetEventId())
	}
	kind := proto.Clone(m.Get(field).Message().Interface())
	scrub(kind.ProtoReflect())
	payload, err := protojson.Marshal(kind)
	if err != nil {
		return nil, fmt.Errorf("event %s as JSON: %w", e.GetEventId(), err)
	}
	return json.Marshal(webhookBody{
		Type: e.GetType(), Timestamp: e.GetRecordTime().AsTime().UTC().Format(time.RFC3339Nano),
		Data: eventData{
			Event: e.GetEventId(), Source: e.GetSource(), Complaint: e.GetSubject(), Cycle: e.GetCycle(), Position: e.GetPosition(),
			Actor: e.GetActor(), Payload: payload,
		},
	})
}

// scrub removes what identifies a customer: what is sealed, which nobody outside could read anyway, and addresses, masked as they are.
func scrub(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "address", f.Message() != nil && f.Message().FullName() == (&eventv1.Sealed{}).ProtoReflect().Descriptor().FullName():
			m.Clear(f)
		case f.IsMap() && f.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, each protoreflect.Value) bool {
				scrub(each.Message())
				return true
			})
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				scrub(v.List().Get(i).Message())
			}
		case !f.IsMap() && !f.IsList() && f.Message() != nil:
			scrub(v.Message())
		}
		return true
	})
}

// pingBody is what a request says that tells nothing.
func pingBody(webhook string, now time.Time) ([]byte, error) {
	return json.Marshal(struct {
		Type      string            `json:"type"`
		Timestamp string            `json:"timestamp"`
		Data      map[string]string `json:"data"`
	}{pingType, now.UTC().Format(time.RFC3339Nano), map[string]string{"webhook": webhook}})
}
