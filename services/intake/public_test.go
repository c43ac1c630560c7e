package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestPublicStatus(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	f := newFixture(t)
	c := f.file()
	client := intakev1.NewPublicServiceClient(f.harness.Conn("services/gateway", authv1.Role_SERVICE))
	ask := func(reference, verification string) (*intakev1.GetPublicStatusResponse, error) {
		return client.GetPublicStatus(t.Context(), &intakev1.GetPublicStatusRequest{Reference: reference, Verification: verification})
	}
	for _, verification := range []string{"5678", " ５６７８ ", "56 78", "wang@example.com", "Wang@Example.COM "} {
		s, err := ask(c.GetReference(), verification)
		require.NoError(t, err, verification)
		require.Equal(t, c.GetName(), s.GetComplaint())
		require.Equal(t, intakev1.Complaint_RECEIVED, s.GetState())
		require.Equal(t, c.GetReceiveTime().AsTime(), s.GetReceiveTime().AsTime())
		require.Equal(t, "zh-Hans", s.GetLanguageCode())
	}
	var told []string
	for _, wrong := range [][2]string{
		{c.GetReference(), "5679"}, {c.GetReference(), "678"}, {c.GetReference(), "13912345678"}, {c.GetReference(), "wang@example.co"},
		{"R-0000-0000-0", "5678"}, {"nonsense", "5678"}, {"R-7K3M-9QX2-C", "-"},
	} {
		_, err := ask(wrong[0], wrong[1])
		refused(t, err, codes.NotFound, intakev1.ErrorReason_STATUS_NOT_FOUND)
		told = append(told, status.Convert(err).Message())
	}
	for _, message := range told {
		require.Equal(t, told[0], message, "what is wrong is not told")
	}
	f.erase(c.GetCustomer())
	_, err := ask(c.GetReference(), "5678")
	refused(t, err, codes.NotFound, intakev1.ErrorReason_STATUS_NOT_FOUND)
	_, err = intakev1.NewPublicServiceClient(f.harness.Conn("frontends/web", authv1.Role_PUBLIC)).GetPublicStatus(t.Context(),
		&intakev1.GetPublicStatusRequest{Reference: c.GetReference(), Verification: "5678"})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

// A customer without an e-mail address or with a short number is not proven by nothing at all.
func TestPublicStatusNeedsAProof(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3")
	f := newFixture(t)
	c, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
		Statement: "x", Complainant: &intakev1.Complainant{CustomerId: "C-1"},
	})
	require.NoError(t, err)
	client := intakev1.NewPublicServiceClient(f.harness.Conn("services/gateway", authv1.Role_SERVICE))
	for _, verification := range []string{" ", "C-1", "-"} {
		_, err := client.GetPublicStatus(t.Context(), &intakev1.GetPublicStatusRequest{Reference: c.GetReference(), Verification: verification})
		refused(t, err, codes.NotFound, intakev1.ErrorReason_STATUS_NOT_FOUND)
	}
}

// Of a complaint that was merged its customer, and nobody else, is told where the one stands in which it goes on.
func TestPublicStatusOfAMergedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3", "REC-6")
	f := newFixture(t)
	a, b, c := f.complain("13900000001", parcel), f.complain("13900000002", parcel), f.complain("13900000003", parcel)
	f.mergeByBoss(a.GetName(), b.GetName())
	f.mergeByBoss(b.GetName(), c.GetName())
	client := intakev1.NewPublicServiceClient(f.harness.Conn("services/gateway", authv1.Role_SERVICE))
	ask := func(verification string) (*intakev1.GetPublicStatusResponse, error) {
		return client.GetPublicStatus(t.Context(), &intakev1.GetPublicStatusRequest{Reference: a.GetReference(), Verification: verification})
	}
	s, err := ask("0001")
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_RECEIVED, s.GetState())
	require.Equal(t, c.GetName(), s.GetComplaint(), "what is owed is owed there")
	require.Equal(t, a.GetReference(), s.GetReference(), "the reference is the one that the customer knows")
	require.Equal(t, a.GetReceiveTime().AsTime(), s.GetReceiveTime().AsTime())
	f.closeIt(c.GetName())
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "again"})
	require.NoError(t, err)
	s, err = ask("0001")
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_ACTIVE, s.GetState())
	require.Equal(t, int32(2), s.GetCycle())
	for _, verification := range []string{"0002", "0003"} {
		_, err = ask(verification)
		refused(t, err, codes.NotFound, intakev1.ErrorReason_STATUS_NOT_FOUND)
	}
	f.erase(c.GetCustomer())
	s, err = ask("0001")
	require.NoError(t, err, "it does not need the other customer's data")
	require.Equal(t, intakev1.Complaint_ACTIVE, s.GetState())
	f.erase(a.GetCustomer())
	_, err = ask("0001")
	refused(t, err, codes.NotFound, intakev1.ErrorReason_STATUS_NOT_FOUND)
}
