package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// testRecord: what may prove something is found by its name within its complaint, as it was told first.
func testRecord(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a", callback("a", 1, at(60)))
	open(t, env, "b", callback("b", 1, at(60)))
	first := followup.Record{Complaint: "a", Name: "messages/m", Author: eventv1.MessageRecorded_CUSTOMER, Kind: policyv1.MessageKind_THANKS, Time: at(1)}
	later := first
	later.Author, later.Time = eventv1.MessageRecorded_AGENT, at(2)
	file := followup.Record{Complaint: "a", Name: "attachments/m", Time: at(3)}
	said := followup.Record{Complaint: "a", Name: "messages/s", Author: eventv1.MessageRecorded_AGENT, Time: at(4)}
	holding := followup.Record{Complaint: "a", Name: "messages/h", Author: eventv1.MessageRecorded_AGENT, Holding: true, Time: at(5)}
	for _, r := range []followup.Record{first, later, file, holding, said} {
		put(t, env, "a", followup.Changes{Record: &r})
	}
	for _, wanted := range []followup.Record{first, file, holding} {
		read, err := env.Records.Record(t.Context(), "a", wanted.Name)
		require.NoError(t, err)
		require.Equal(t, wanted, read)
	}
	for since, wanted := range map[time.Time][]followup.Record{{}: nil, at(1): {said, holding}, at(5): {holding}, at(6): nil} {
		_, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a", Written: since}, func(c *followup.Case) error {
			require.Equal(t, wanted, c.Written)
			return nil
		})
		require.NoError(t, err)
	}
	put(t, env, "b", followup.Changes{Record: &followup.Record{Complaint: "a", Name: first.Name, Kind: policyv1.MessageKind_ACCEPTS, Corrected: true}})
	put(t, env, "a", followup.Changes{Record: &followup.Record{Complaint: "a", Name: "messages/n", Kind: policyv1.MessageKind_ACCEPTS, Corrected: true}})
	corrected, err := env.Records.Record(t.Context(), "a", first.Name)
	require.NoError(t, err)
	require.Equal(t, []any{first.Author, policyv1.MessageKind_ACCEPTS}, []any{corrected.Author, corrected.Kind}, "only its kind is another one")
	for _, unknown := range [][2]string{{"a", "messages/n"}, {"b", "messages/m"}} {
		_, err := env.Records.Record(t.Context(), unknown[0], unknown[1])
		require.ErrorIs(t, err, followup.ErrUnknown)
	}
	tried := followup.Attempt{
		Complaint: "a", Cycle: 1, ID: "t", Outcome: followupv1.Attempt_REACHED, Way: policyv1.ContactWay_PHONE, AttemptTime: at(1), RecordTime: at(2),
		Agent: "agents/lin", Note: []byte{1}, FlagReason: "late", Customer: "customers/a",
	}
	put(t, env, "a", followup.Changes{Attempt: &tried})
	read, err := env.Records.Attempt(t.Context(), "a", 1, "t")
	require.NoError(t, err)
	require.Equal(t, tried, read)
	_, err = env.Records.Attempt(t.Context(), "a", 2, "t")
	require.ErrorIs(t, err, followup.ErrUnknown)
}

// testPerson: everybody is there while there is no directory; then who it has, also who has left. Each event counts once.
func testPerson(t *testing.T, env Env) {
	t.Helper()
	p, err := env.Records.Person(t.Context(), "agents/wu")
	require.NoError(t, err)
	require.Equal(t, followup.Person{Name: "agents/wu", Active: true}, p)
	note := func(event *eventv1.Event, p followup.Person) bool {
		first, err := env.Records.NotePerson(t.Context(), event, p)
		require.NoError(t, err)
		return first
	}
	event := func(position int64) *eventv1.Event {
		return &eventv1.Event{
			EventId: uuid.Must(uuid.NewV7()).String(), Source: "routing", Sequence: position, Subject: "agents/wu", Position: position, Type: "directory_changed",
			Actor: "services/test", RecordTime: timestamppb.New(at(0)),
		}
	}
	added, left := event(1), event(2)
	require.True(t, note(added, followup.Person{Name: "agents/wu", Active: true}))
	require.True(t, note(left, followup.Person{Name: "agents/wu"}))
	require.False(t, note(added, followup.Person{Name: "agents/wu", Active: true}), "it was applied before")
	p, err = env.Records.Person(t.Context(), "agents/wu")
	require.NoError(t, err)
	require.False(t, p.Active)
	_, err = env.Records.Person(t.Context(), "agents/nobody")
	require.ErrorIs(t, err, followup.ErrUnknown)
}
