package storetest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/errs"
)

// waiting is a message that waits to be tried at a minute.
func waiting(complaint, id string, minute int) followup.Notification {
	return followup.Notification{
		Complaint: complaint, ID: id, Cycle: 2, Kind: followupv1.Notification_SURVEY, State: followupv1.Notification_WAITING, Template: "closing",
		Language: "en", Text: []byte{1}, Subject: []byte{2}, Avoid: []byte{3}, Problem: "p", CreateTime: at(0), TryTime: at(minute),
		GiveUpTime: at(600), Told: followup.ToldFailed | followup.ToldQuiet,
	}
}

// testOutbox: what waits is found when its time has come, whole, those first that were tried least, and no more once it was sent.
func testOutbox(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a")
	open(t, env, "b")
	late, soon, tried := waiting("a", "survey-1", 30), waiting("a", "survey-2", 5), waiting("b", "survey-1", 1)
	tried.Attempts = 2
	put(t, env, "a", followup.Changes{Posted: []followup.Notification{late, soon}})
	put(t, env, "b", followup.Changes{Posted: []followup.Notification{tried}})
	list, err := env.Outbox.Waiting(t.Context(), at(10))
	require.NoError(t, err)
	require.Equal(t, []followup.Notification{soon, tried}, list)

	soon.State, soon.Channel, soon.Proof, soon.Address, soon.Mark = followupv1.Notification_SENT, "mail", "250 ok", "a***@b***.com", []byte{9}
	soon.SendTime, soon.Problem = at(11), ""
	put(t, env, "a", followup.Changes{Notification: &soon})
	read, err := env.Store.Notification(t.Context(), "a", "survey-2")
	require.NoError(t, err)
	require.Equal(t, soon, read)
	list, err = env.Outbox.Waiting(t.Context(), at(100))
	require.NoError(t, err)
	require.Equal(t, []followup.Notification{late, tried}, list)
}

// testOutboxClaim: one of many begins an attempt, and until it is over nobody else does.
func testOutboxClaim(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a")
	n := waiting("a", "survey-1", 1)
	put(t, env, "a", followup.Changes{Posted: []followup.Notification{n}})
	var mine atomic.Int32
	var claiming sync.WaitGroup
	for range 8 {
		claiming.Go(func() {
			ok, err := env.Outbox.Claim(t.Context(), n, at(2), at(4), at(3))
			if err != nil {
				t.Error(err)
			}
			if ok {
				mine.Add(1)
			}
		})
	}
	claiming.Wait()
	require.EqualValues(t, 1, mine.Load())
	n.Attempts++
	for minute, free := range map[int]bool{3: false, 4: true} {
		list, err := env.Outbox.Waiting(t.Context(), at(minute))
		require.NoError(t, err)
		require.Equal(t, free, len(list) == 1, "in minute %d", minute)
	}
	ok, err := env.Outbox.Claim(t.Context(), n, at(3), at(6), at(6))
	require.NoError(t, err)
	require.False(t, ok, "the attempt may still be under way")
	ok, err = env.Outbox.Claim(t.Context(), n, at(4), at(6), at(6))
	require.NoError(t, err)
	require.True(t, ok)
}

// testOutboxReach: addresses are unusable for their customer alone, and wishes hold where they were said.
func testOutboxReach(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a")
	reach, err := env.Outbox.Reach(t.Context(), "customers/a", "a", "survey-1")
	require.NoError(t, err)
	require.Equal(t, followup.Reach{}, reach)
	n := waiting("a", "survey-1", 1)
	put(t, env, "a", followup.Changes{
		Posted:  []followup.Notification{n},
		Bounced: &followup.Unusable{Customer: "customers/a", Mark: []byte{7}, Notification: "complaints/a/notifications/survey-1", Time: at(1)},
		Wish:    &followup.Wish{Customer: "customers/a", Complaint: "a", Stopped: true, Time: at(2)},
	})
	put(t, env, "a", followup.Changes{Bounced: &followup.Unusable{Customer: "customers/a", Mark: []byte{7}, Notification: "again", Time: at(3)}})
	reach, err = env.Outbox.Reach(t.Context(), "customers/a", "a", "survey-1")
	require.NoError(t, err)
	require.Equal(t, followup.Reach{Notification: &n, Unusable: [][]byte{{7}}, Stop: at(2)}, reach)
	for _, other := range [][2]string{{"customers/a", "b"}, {"customers/b", "a"}} {
		reach, err = env.Outbox.Reach(t.Context(), other[0], other[1], "survey-2")
		require.NoError(t, err)
		require.True(t, reach.Stop.IsZero() && reach.Notification == nil)
		require.Equal(t, other[0] == "customers/a", len(reach.Unusable) == 1)
	}
	for _, other := range []followup.Unusable{{Customer: "customers/b", Mark: []byte{7}}, {Customer: "customers/a", Mark: []byte{8}}, {Customer: "customers/a", Mark: []byte{7}}} {
		reach, err = env.Outbox.Reach(t.Context(), "customers/a", "a", "survey-1")
		require.NoError(t, err)
		require.Len(t, reach.Unusable, 1)
		put(t, env, "a", followup.Changes{Usable: []followup.Unusable{other}})
	}
	reach, err = env.Outbox.Reach(t.Context(), "customers/a", "a", "survey-1")
	require.NoError(t, err)
	require.Empty(t, reach.Unusable, "it is used again")
	put(t, env, "a", followup.Changes{Wish: &followup.Wish{Customer: "customers/a", Stopped: true, Time: at(5)}})
	for _, of := range []string{"a", "b"} {
		reach, err = env.Outbox.Reach(t.Context(), "customers/a", of, "")
		require.NoError(t, err)
		require.True(t, reach.StopAll && reach.Stop.Equal(at(5)))
	}
	put(t, env, "a", followup.Changes{Wish: &followup.Wish{Customer: "customers/a", Complaint: "a", Time: at(6)}})
	reach, err = env.Outbox.Reach(t.Context(), "customers/a", "a", "")
	require.NoError(t, err)
	require.True(t, reach.Stop.IsZero() && !reach.StopAll)
}

// testOutboxLists: messages are listed by complaint and id, page by page, and by filter.
func testOutboxLists(t *testing.T, env Env) {
	t.Helper()
	for _, complaint := range []string{"b", "a"} {
		open(t, env, complaint)
		dead := waiting(complaint, "survey-2", 1)
		dead.State, dead.Attempts, dead.Kind, dead.Template = followupv1.Notification_DEAD, 3, followupv1.Notification_LETTER, "merged"
		put(t, env, complaint, followup.Changes{Posted: []followup.Notification{waiting(complaint, "survey-1", 1), dead}})
	}
	names := func(query followup.NotificationQuery) []string {
		query.Limit = max(query.Limit, 1)
		var names []string
		for {
			list, err := env.Outbox.Notifications(t.Context(), query)
			require.NoError(t, err)
			if len(list) == 0 {
				return names
			}
			last := list[len(list)-1]
			names = append(names, last.Complaint+"/"+last.ID)
			query.AfterComplaint, query.AfterID = last.Complaint, last.ID
		}
	}
	require.Equal(t, []string{"a/survey-1", "a/survey-2", "b/survey-1", "b/survey-2"}, names(followup.NotificationQuery{}))
	require.Equal(t, []string{"b/survey-1", "b/survey-2"}, names(followup.NotificationQuery{Complaint: "b"}))
	for filter, wanted := range map[string][]string{
		`state="DEAD"`:                         {"a/survey-2", "b/survey-2"},
		`state="WAITING"`:                      {"a/survey-1", "b/survey-1"},
		`kind="LETTER" AND attempt_count > 2`:  {"a/survey-2", "b/survey-2"},
		`template="closing"`:                   {"a/survey-1", "b/survey-1"},
		`create_time > "2030-01-01T00:00:00Z"`: nil,
	} {
		require.Equal(t, wanted, names(followup.NotificationQuery{Filter: filter}), filter)
	}
	_, err := env.Outbox.Notifications(t.Context(), followup.NotificationQuery{Filter: `text="x"`, Limit: 1})
	require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err))
}
