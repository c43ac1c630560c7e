package gateway

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// historian answers with a customer's history.
type historian struct {
	grpc.ClientConnInterface

	of *intakev1.CustomerHistory
}

func (h historian) Invoke(_ context.Context, _ string, args, reply any, _ ...grpc.CallOption) error {
	page := proto.CloneOf(h.of)
	page.Entries = page.GetEntries()[:min(len(page.GetEntries()), int(args.(*intakev1.GetCustomerHistoryRequest).GetPageSize()))]
	proto.Merge(reply.(proto.Message), page)
	return nil
}

// What the sheet is of is no history of it, wherever it stands among the customer's complaints.
func TestBriefHistoryIsOfOtherComplaints(t *testing.T) {
	covers.Requirement(t, "CALL-1", "REC-6")
	t.Parallel()
	history := &intakev1.CustomerHistory{ComplaintCount: 12, NextPageToken: "more"}
	for i := range 12 {
		history.Entries = append(history.Entries, &intakev1.HistoryEntry{Complaint: fmt.Sprintf("complaints/%d", i)})
	}
	for _, of := range []int{0, 5, 10, 11} {
		b := brief{
			sheet: &gatewayv1.CallbackBrief{Complaint: &intakev1.Complaint{Name: fmt.Sprintf("complaints/%d", of), Customer: "customers/c"}},
			conn:  historian{of: history},
		}
		require.NoError(t, b.history(t.Context()))
		require.Len(t, b.sheet.GetHistory().GetEntries(), briefHistory)
		require.EqualValues(t, 12, b.sheet.GetHistory().GetComplaintCount())
		require.Empty(t, b.sheet.GetHistory().GetNextPageToken())
		for _, e := range b.sheet.GetHistory().GetEntries() {
			require.NotEqual(t, b.sheet.GetComplaint().GetName(), e.GetComplaint())
		}
	}
}
