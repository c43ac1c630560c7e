package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// A flag is not over when it is made; later it may be ended at once.
func TestFlagIsNotBornExpired(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-7")
	f := newFixture(t)
	c := f.file()
	flag := func(expire time.Time) (*intakev1.Flag, error) {
		return f.records.CreateFlag(t.Context(), &intakev1.CreateFlagRequest{Parent: c.GetName(), Flag: &intakev1.Flag{
			Kind: intakev1.Flag_Kind(1), Necessity: "needs a ramp", ExpireTime: timestamppb.New(expire),
		}})
	}
	for _, past := range []time.Time{f.now(), f.now().Add(-time.Hour)} {
		_, err := flag(past)
		rpctest.RequireField(t, err, "flag.expire_time")
	}
	made, err := flag(f.now().Add(time.Hour))
	require.NoError(t, err)
	f.pass(time.Minute)
	_, err = f.records.UpdateFlag(t.Context(), &intakev1.UpdateFlagRequest{Flag: &intakev1.Flag{Name: made.GetName(), ExpireTime: timestamppb.New(f.now())}})
	require.NoError(t, err)
	require.Empty(t, f.record(c.GetName()).GetFlags())
}

// A representative's telephone number is held to what the customer's is.
func TestRepresentativesPhone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-7")
	f := newFixture(t)
	c := f.file()
	create := func(phone string) (*intakev1.Representative, error) {
		return f.records.CreateRepresentative(t.Context(), &intakev1.CreateRepresentativeRequest{Parent: c.GetName(), Representative: &intakev1.Representative{
			DisplayName: "王小红", Basis: intakev1.Representative_LAWYER, Evidence: "委托书", Phone: phone,
		}})
	}
	_, err := create("12")
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_PHONE_INVALID)
	rpctest.RequireField(t, err, "representative.phone")
	made, err := create("139 1234 5678")
	require.NoError(t, err)
	require.Equal(t, "+8613912345678", made.GetPhone())
	_, err = f.records.UpdateRepresentative(t.Context(), &intakev1.UpdateRepresentativeRequest{Representative: &intakev1.Representative{
		Name: made.GetName(), Phone: "12",
	}})
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_PHONE_INVALID)
}

// Nobody hides behind a system: only a service records what one wrote.
func TestOnlyServicesSpeakForSystems(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	_, err := say(t, f.agent, c.GetName(), intakev1.Message_SYSTEM, "Your case was updated.")
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AUTHOR_NOT_ALLOWED)
	m, err := say(t, f.worker, c.GetName(), intakev1.Message_SYSTEM, "Your case was updated.")
	require.NoError(t, err)
	require.Equal(t, "services/worker", m.GetActor())
	_, err = say(t, f.worker, c.GetName(), intakev1.Message_AGENT, "I looked into it.")
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AUTHOR_NOT_ALLOWED)
}
