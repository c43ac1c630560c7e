package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/errs"
)

func list(t *testing.T, s Subject) {
	t.Helper()
	// Received in the order 1, 2=3, 4, 5; recorded in the order 5, 4, 3, 2, 1.
	for n := range 5 {
		mustFile(t, s, n+1, []string{"phone"}, func(c *intake.Complaint) {
			c.ReceiveTime = start().Add(time.Duration(n+1) * time.Hour)
			if n+1 == 3 {
				c.ReceiveTime = start().Add(2 * time.Hour)
			}
			c.CreateTime = start().Add(time.Duration(10-n) * time.Hour)
		})
	}
	for order, want := range map[intake.Order][]int{
		{}:                                    {5, 4, 3, 2, 1},
		{Ascending: true}:                     {1, 2, 3, 4, 5},
		{ByCreateTime: true}:                  {1, 2, 3, 4, 5},
		{ByCreateTime: true, Ascending: true}: {5, 4, 3, 2, 1},
	} {
		for _, limit := range []int{1, 2, 5, 9} {
			var got []int
			var after intake.Position
			for {
				records, err := s.List(t.Context(), intake.Query{Order: order, After: after, Limit: limit})
				require.NoError(t, err)
				require.LessOrEqual(t, len(records), limit)
				if len(records) == 0 {
					break
				}
				for i := range records {
					var n int
					_, err := fmt.Sscanf(records[i].Reference, "R-%d", &n)
					require.NoError(t, err)
					got = append(got, n)
				}
				after = order.PositionOf(&records[len(records)-1].Complaint)
			}
			require.Equal(t, want, got, "%+v by %d", order, limit)
		}
	}
}

func filters(t *testing.T, s Subject) {
	t.Helper()
	mustFile(t, s, 1, []string{"a"})
	mustFile(t, s, 2, []string{"b"}, func(c *intake.Complaint) {
		c.State, c.Outcome, c.Severity, c.Channel, c.Cycle = intake.Resolved, 1, 4, 1, 3
		c.Department, c.Assignee = "departments/quality", "agents/xu"
	})
	for text, want := range map[string]int{
		``:                                           2,
		`state = "RESOLVED"`:                         1,
		`state != RESOLVED`:                          1,
		`outcome = "REMEDIED"`:                       1,
		`severity = "URGENT" AND channel = WEB`:      0,
		`severity = "URGENT" OR channel = WEB`:       2,
		`cycle > 1`:                                  1,
		`cycle > 99999999999`:                        0,
		`NOT cycle >= 3`:                             1,
		`department = "departments/quality"`:         1,
		`assignee = ""`:                              1,
		`assignee = "agents/xu"`:                     1,
		`customer = "` + customerName(2) + `"`:       1,
		`reference = "R-1"`:                          1,
		`reference = "'; DROP TABLE complaints"`:     0,
		`create_time > "2026-03-02T09:01:30Z"`:       1,
		`receive_time < "2026-03-02T16:01:30+08:00"`: 1,
	} {
		records, err := s.List(t.Context(), intake.Query{Filter: text, Limit: 9})
		require.NoError(t, err, text)
		require.Len(t, records, want, text)
	}
	_, err := s.List(t.Context(), intake.Query{Filter: `phone = "1"`, Limit: 9})
	require.Equal(t, codes.InvalidArgument, errs.Status(err).Code())
	require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err))
}

func customerName(n int) string { return fmt.Sprintf("customers/%026d", n) }

func messages(t *testing.T, s Subject) {
	t.Helper()
	first := mustFile(t, s, 1, []string{"a"})
	other := mustFile(t, s, 2, []string{"b"})
	add := func(to intake.Record, n int, key string) intake.Message {
		message, err := s.AddMessage(t.Context(), intake.NewMessage{
			Command: command(key), Complaint: to.ID, ID: fmt.Sprintf("%026d", n),
			Build: func(r *intake.Record, _ []intake.Entry) (intake.Message, intake.Effects, error) {
				require.Equal(t, to, *r)
				return intake.Message{
					Complaint: to.ID, ID: fmt.Sprintf("%026d", n), Author: 1, Way: 3, Cycle: r.Cycle, Actor: "agents/lin",
					CreateTime: start(), Text: []byte("sealed"),
				}, effects(draft(to.ID, said(), false)), nil
			},
		})
		require.NoError(t, err)
		return message
	}
	m1, m2, m3 := add(first, 1, "m1"), add(first, 2, "m2"), add(first, 3, "")
	add(other, 4, "")
	require.Equal(t, m1, add(first, 9, "m1"), "a repeated command answers the first message")
	got, customers, err := s.Messages(t.Context(), first.ID, "", 2)
	require.NoError(t, err)
	require.Equal(t, []intake.Message{m1, m2}, got)
	require.Len(t, customers, 1)
	require.Equal(t, first.Customer, customers[first.ID].Name)
	require.Equal(t, first.WrappedKey, customers[first.ID].WrappedKey)
	got, _, err = s.Messages(t.Context(), first.ID, m2.ID, 2)
	require.NoError(t, err)
	require.Equal(t, []intake.Message{m3}, got)
	require.Equal(t, []string{"complaint_received", "message_recorded", "message_recorded", "message_recorded"}, s.Events(t, first.Name()))
}
