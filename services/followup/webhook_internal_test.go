package followup

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// deepest bounds how deep messages are filled.
const deepest = 4

// plant fills what may identify a customer, wherever it stands.
func plant(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.Name() == "address" && f.Kind() == protoreflect.StringKind && !f.IsList():
			m.Set(f, protoreflect.ValueOfString("planted"))
		case f.Message() == nil || f.IsMap() || depth == deepest:
		case f.IsList():
			each := m.Mutable(f).List().AppendMutable().Message()
			sealOrPlant(each, depth)
		default:
			sealOrPlant(m.Mutable(f).Message(), depth)
		}
	}
}

func sealOrPlant(m protoreflect.Message, depth int) {
	if sealed, ok := m.Interface().(*eventv1.Sealed); ok {
		sealed.Customer, sealed.Ciphertext, sealed.Place = "customers/planted", []byte("planted"), "planted"
		return
	}
	if _, ok := m.Interface().(*timestamppb.Timestamp); !ok {
		plant(m, depth+1)
	}
}

// TestTellsNothingPersonal: whatever happens, outside systems get nothing of what is sealed, and no address.
func TestTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3", "API-4")
	kinds := (&eventv1.Payload{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	for i := range kinds.Len() {
		p := &eventv1.Payload{}
		plant(p.ProtoReflect().Mutable(kinds.Get(i)).Message(), 0)
		body, err := tell(&eventv1.Event{Type: string(kinds.Get(i).Name()), EventId: "e"}, p)
		require.NoError(t, err)
		require.NotContains(t, string(body), "planted", kinds.Get(i).Name())
		require.NotContains(t, string(body), "cGxhbnRlZA", kinds.Get(i).Name())
	}
	_, err := tell(&eventv1.Event{}, &eventv1.Payload{})
	require.Error(t, err)
}

func TestTellable(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{
		"complaint_received": true, "duty_settled": true, "remedy_granted": true, "deduction_addressed": false, "directory_changed": false,
		"webhook_changed": false, "nothing_such": false, "": false,
	} {
		require.Equal(t, want, Tellable(kind), kind)
	}
}
