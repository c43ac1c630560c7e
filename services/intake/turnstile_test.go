package intake_test

import (
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
)

// mostWaiting is how many may wait by the policy of a giving fixture.
const mostWaiting = 20

// giving is a fixture whose imports give way early.
func giving(t *testing.T) *fixture {
	t.Helper()
	return newFixtureWith(t, func(deps *intake.Deps) {
		changed, err := policy.Parse(fmt.Appendf(nil, "import: {most_waiting: %d, patience: 60s}\n", mostWaiting), "p.yaml")
		require.NoError(t, err)
		deps.Policy = changed
	})
}

// waiting names the complaints that nobody has taken up, in the order in which they were filed.
func (f *fixture) waiting() (names []string) {
	f.t.Helper()
	list, err := f.agent.ListComplaints(f.t.Context(), &intakev1.ListComplaintsRequest{Filter: "state=RECEIVED", OrderBy: "create_time", PageSize: 500})
	require.NoError(f.t, err)
	for _, c := range list.GetComplaints() {
		names = append(names, c.GetName())
	}
	return names
}

// stream imports rows on its own, and sends how it ended and how many were answered.
func (f *fixture) stream(rows []*intakev1.ImportRow) <-chan ended {
	f.t.Helper()
	client := intakev1.NewImportServiceClient(f.harness.Conn("agents/zhao", authv1.Role_SUPERVISOR))
	stream, err := client.ImportComplaints(f.t.Context())
	require.NoError(f.t, err)
	result := make(chan ended, 1)
	go func() {
		begin := &intakev1.ImportComplaintsRequest_Options{Options: &intakev1.ImportOptions{Source: "crm"}}
		_ = stream.Send(&intakev1.ImportComplaintsRequest{Step: begin})
		for _, row := range rows {
			_ = stream.Send(&intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Row{Row: row}})
		}
		_ = stream.CloseSend()
	}()
	go func() {
		var e ended
		for {
			answer, err := stream.Recv()
			if err != nil {
				e.err = err
				result <- e
				return
			}
			e.answered++
			if answer.GetAlready() {
				e.already++
			}
		}
	}()
	return result
}

// ended is how a stream ended.
type ended struct {
	answered, already int
	err               error
}

func (f *fixture) openRows(prefix string, n int) (rows []*intakev1.ImportRow) {
	for i := range n {
		rows = append(rows, f.row(fmt.Sprintf("%s-%d", prefix, i)))
	}
	return rows
}

// However many open rows are imported, by however many streams: few wait at a time, so that whoever complains meanwhile is soon
// taken up.
func TestImportGivesWay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "ACK-1")
	f := giving(t)
	streams := []<-chan ended{f.stream(f.openRows("a", 60)), f.stream(f.openRows("b", 60))}
	var live string
	var behind atomic.Int64
	require.Eventually(t, func() bool { return len(f.waiting()) == mostWaiting }, time.Minute, 10*time.Millisecond, "as many are filed as may wait")
	most, taken := 0, 0
	for taken < 121 {
		names := f.waiting()
		most = max(most, len(names))
		if taken >= 40 && live == "" {
			live = f.file().GetName()
			behind.Store(int64(len(f.waiting())))
			continue
		}
		for _, name := range names[:min(len(names), 5)] { // A workflow side that is slow.
			f.assign(name, "departments/logistics", "agents/he")
			taken++
		}
	}
	require.LessOrEqual(t, most, mostWaiting+1, "no more wait, but for those who complain now")
	require.LessOrEqual(t, behind.Load(), int64(mostWaiting+1))
	require.NotEqual(t, intakev1.Complaint_RECEIVED, f.get(live).GetState())
	for _, stream := range streams {
		e := <-stream
		require.ErrorIs(t, e.err, io.EOF)
		require.Equal(t, 60, e.answered)
		require.Zero(t, e.already)
	}
}

// Where nobody takes complaints up the import ends with the reason; sent again, it goes on, and nothing is lost or doubled.
func TestImportThatIsNotTakenUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := giving(t)
	rows := f.openRows("a", 50)
	// Alone, as rows of one stream are filed beside each other: which of them find room is not settled.
	require.Nil(t, f.imports(&intakev1.ImportOptions{Source: "crm"}, rows[0])[0].GetProblem())
	for range 2 {
		stream := f.stream(rows)
		require.Eventually(t, func() bool { return len(f.waiting()) == mostWaiting }, time.Minute, 10*time.Millisecond)
		select {
		case e := <-stream:
			t.Fatal("it has patience: ", e.err)
		case <-time.After(50 * time.Millisecond):
		}
		var e ended
		require.Eventually(t, func() bool {
			f.pass(61 * time.Second)
			select {
			case e = <-stream:
				return true
			default:
				return false
			}
		}, time.Minute, 50*time.Millisecond)
		refused(t, e.err, codes.Unavailable, intakev1.ErrorReason_NOT_TAKEN_UP)
		require.ErrorContains(t, e.err, fmt.Sprintf("%d rows", e.answered))
		require.ErrorContains(t, e.err, fmt.Sprintf("%d wait", mostWaiting))
	}
	ended := f.imports(&intakev1.ImportOptions{Source: "crm"}, f.history("h"))
	require.Nil(t, ended[0].GetProblem(), "what had ended does not wait")
	again := f.imports(&intakev1.ImportOptions{Source: "crm"}, rows[0])
	require.True(t, again[0].GetAlready(), "what is in does not wait")
	require.NotEmpty(t, f.imports(&intakev1.ImportOptions{Source: "crm", DryRun: true}, f.row("dry")))

	stream := f.stream(rows)
	for taken := 0; taken < len(rows); {
		for _, name := range f.waiting() {
			f.assign(name, "departments/logistics", "agents/he")
			taken++
		}
	}
	e := <-stream
	require.ErrorIs(t, e.err, io.EOF)
	require.Equal(t, len(rows), e.answered)
	require.Equal(t, mostWaiting, e.already)
	list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{PageSize: 500})
	require.NoError(t, err)
	require.Len(t, list.GetComplaints(), len(rows)+1)
}

// What was settled as it was filed waits for the workflows, too; what was withdrawn does not.
func TestImportCountsWhatWaits(t *testing.T) {
	t.Parallel()
	f := giving(t)
	for range mostWaiting {
		f.in(intakev1.Complaint_RESOLVING)
	}
	row := f.openRows("a", 1)
	stream := f.stream(row)
	select {
	case <-stream:
		t.Fatal("it does not wait")
	case <-time.After(50 * time.Millisecond):
	}
	withdrawn, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{PageSize: 1})
	require.NoError(t, err)
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{
		Name: withdrawn.GetComplaints()[0].GetName(), Reason: "不用了",
	})
	require.NoError(t, err)
	require.ErrorIs(t, (<-stream).err, io.EOF)
}
