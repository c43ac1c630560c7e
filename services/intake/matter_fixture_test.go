package intake_test

import (
	"context"
	"math/bits"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// reopening is a policy by which a repeat opens the earlier complaint again.
func reopening(t *testing.T) func(*intake.Deps) {
	t.Helper()
	return func(deps *intake.Deps) {
		p, err := policy.Parse([]byte(`version: test
matters:
  {window: 240h, max_candidates: 5, min_similarity: 0.3, repeat_similarity: 0.2, same_customer: 0.3, same_order: 0.6,
   repeat: REOPEN, repeat_weight: 80, max_terms: 4096, max_opened: 10, reopen_similarity: 0.5,
   common_words: ""}
`), "test.yaml")
		require.NoError(t, err)
		deps.Policy = p
	}
}

// complain files a complaint of the customer with this number.
func (f *fixture) complain(phone, statement string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.agent.CreateComplaint(f.t.Context(), &intakev1.CreateComplaintRequest{
		Statement: statement, Complainant: &intakev1.Complainant{Phone: phone},
	})
	require.NoError(f.t, err)
	f.pass(time.Second)
	return c
}

// indexed delivers the events of complaints to the indexer, as the relay does.
func (f *fixture) indexed(complaints ...string) {
	f.t.Helper()
	for _, name := range complaints {
		for _, event := range f.log(name) {
			if f.indexer.Wants(event.GetType()) {
				require.NoError(f.t, f.indexer.Deliver(f.t.Context(), event))
			}
		}
	}
}

func (f *fixture) merge(from, into string) (*intakev1.Complaint, error) {
	return f.matters.MergeComplaint(f.t.Context(), &intakev1.MergeComplaintRequest{Name: from, Into: into, Reason: "the same parcel"})
}

func (f *fixture) item(complaint, text string) {
	f.t.Helper()
	_, err := f.records.CreateItem(f.t.Context(), &intakev1.CreateItemRequest{Parent: complaint, Item: &intakev1.Item{Text: text}})
	require.NoError(f.t, err)
}

// search finds complaints by words, all pages of it.
func (f *fixture) search(query string, size int32) (names []string) {
	f.t.Helper()
	for token := ""; ; {
		page, err := f.matters.SearchComplaints(f.t.Context(), &intakev1.SearchComplaintsRequest{Query: query, PageSize: size, PageToken: token})
		require.NoError(f.t, err)
		for _, result := range page.GetResults() {
			names = append(names, result.GetComplaint().GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			return names
		}
	}
}

// rows counts the rows of a table.
func (f *fixture) rows(table string) (count int) {
	f.t.Helper()
	require.NoError(f.t, f.db.Read(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT COUNT(*) FROM "+table).Scan(&count)
	}))
	return count
}

// told is the payloads of a complaint's log of one type.
func (f *fixture) told(complaint, kind string) (payloads []*eventv1.Payload) {
	f.t.Helper()
	for i, event := range f.log(complaint) {
		if event.GetType() == kind {
			payloads = append(payloads, f.payloads(complaint)[i])
		}
	}
	return payloads
}

func id(name string) string { return strings.TrimPrefix(name, "complaints/") }

// bitsSet counts the bits that are set in slices.
func (f *fixture) bitsSet() (count int) {
	f.t.Helper()
	require.NoError(f.t, f.db.Read(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, "SELECT bits FROM index_slices")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var column []byte
			if err := rows.Scan(&column); err != nil {
				return err
			}
			for _, b := range column {
				count += bits.OnesCount8(b)
			}
		}
		return rows.Err()
	}))
	return count
}
