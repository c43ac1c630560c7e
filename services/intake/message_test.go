package intake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// say records a message.
func say(t *testing.T, client intakev1.IntakeServiceClient, parent string, author intakev1.Message_Author, text string) (*intakev1.Message, error) {
	t.Helper()
	return client.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
		Parent: parent, Message: &intakev1.Message{Author: author, Text: text, Way: policyv1.ContactWay_CHAT},
	})
}

// Whatever the state, words are recorded, and change neither state nor clock.
func TestMessages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for state := intakev1.Complaint_RECEIVED; state <= intakev1.Complaint_CLOSED; state++ {
		c := f.in(state)
		f.pass(time.Minute)
		m, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, "谢谢")
		require.NoError(t, err)
		requireSame(t, &intakev1.Message{
			Name: m.GetName(), Author: intakev1.Message_CUSTOMER, Text: "谢谢", Way: policyv1.ContactWay_CHAT, Cycle: 1,
			Actor: "frontends/web", CreateTime: timestamppb.New(f.now()), SendTime: timestamppb.New(f.now()), LanguageCode: "zh-Hans",
			Kind: policyv1.MessageKind_THANKS, ProposedKind: policyv1.MessageKind_THANKS,
		}, m)
		require.Regexp(t, "^"+c.GetName()+"/messages/[0-9a-z]{26}$", m.GetName())
		requireSame(t, c, f.get(c.GetName()))

		payloads := f.payloads(c.GetName())
		told := payloads[len(payloads)-1].GetMessageRecorded()
		require.Equal(t, m.GetName(), told.GetMessage())
		require.Equal(t, eventv1.MessageRecorded_CUSTOMER, told.GetAuthor())
		requireSame(t, m.GetCreateTime(), told.GetMessageTime())
		text, err := f.key(c.GetCustomer()).Open(told.GetText().GetCiphertext(), m.GetName()+"#text")
		require.NoError(t, err)
		require.Equal(t, "谢谢", string(text))
	}
}

func TestAuthors(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.file()
	_, err := say(t, f.public, c.GetName(), intakev1.Message_AGENT, "x")
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AUTHOR_NOT_ALLOWED)
	require.Equal(t, []string{"complaint_received"}, f.types(c.GetName()))
	for _, role := range []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE} {
		_, err = say(t, f.client("agents/zhao", role), c.GetName(), intakev1.Message_AGENT, "x")
		require.NoError(t, err)
	}
	_, err = say(t, f.agent, c.GetName(), intakev1.Message_AUTHOR_UNSPECIFIED, "x")
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

func TestListMessages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c, other := f.file(), f.file()
	var want []string
	for i := range 5 {
		text := fmt.Sprintf("message %d", i)
		_, err := say(t, f.agent, c.GetName(), intakev1.Message_AGENT, text)
		require.NoError(t, err)
		_, err = say(t, f.agent, other.GetName(), intakev1.Message_AGENT, "elsewhere")
		require.NoError(t, err)
		want = append(want, text)
	}
	for _, size := range []int32{0, 1, 2, 5} {
		var got []string
		token := ""
		for {
			page, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName(), PageSize: size, PageToken: token})
			require.NoError(t, err)
			for _, m := range page.GetMessages() {
				got = append(got, m.GetText())
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		require.Equal(t, want, got, size)
	}
	page, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName(), PageSize: 1})
	require.NoError(t, err)
	_, err = f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: other.GetName(), PageToken: page.GetNextPageToken()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	_, err = f.auditor.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

func TestMessageIsRecordedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	c := f.file()
	ctx := rpctest.WithKey(t.Context(), "key-1")
	req := &intakev1.CreateMessageRequest{Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "还没有发"}}
	first, err := f.public.CreateMessage(ctx, req)
	require.NoError(t, err)
	again, err := f.public.CreateMessage(ctx, req)
	require.NoError(t, err)
	requireSame(t, first, again)
	require.Equal(t, []string{"complaint_received", "message_recorded"}, f.types(c.GetName()))
}

// A message that is recorded later says when it was said; nothing counts from that (REC-5, CALL-2).
func TestMessageSaysWhenItWasSaid(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "REC-5", "CALL-2")
	f := newFixture(t)
	c := f.complain(phone, parcel)
	f.pass(24 * time.Hour)
	write := func(author intakev1.Message_Author, text string, at time.Time) (*intakev1.Message, error) {
		return f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{Parent: c.GetName(), Message: &intakev1.Message{
			Author: author, Text: text, Way: policyv1.ContactWay_LETTER, SendTime: timestamppb.New(at),
		}})
	}
	for _, at := range []time.Time{c.GetReceiveTime().AsTime().Add(-time.Microsecond), f.now().Add(time.Hour), time.Unix(-1<<40, 0)} {
		_, err := write(intakev1.Message_CUSTOMER, "信", at)
		rpctest.RequireField(t, err, "message.send_time")
	}
	chase, err := say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, "有进展吗？")
	require.NoError(t, err)
	requireSame(t, chase.GetCreateTime(), chase.GetSendTime())
	f.pass(time.Minute)
	yesterday := f.now().Add(-20 * time.Hour)
	letter, err := write(intakev1.Message_CUSTOMER, "什么时候处理？", yesterday)
	require.NoError(t, err)
	require.Equal(t, yesterday, letter.GetSendTime().AsTime())
	require.Equal(t, f.now(), letter.GetCreateTime().AsTime())
	recorded := f.told(c.GetName(), "message_recorded")[1].GetMessageRecorded()
	require.Equal(t, yesterday, recorded.GetMessageTime().AsTime())
	require.Equal(t, int32(2), recorded.GetChaseCount(), "it counts when it is recorded")
	answer, err := write(intakev1.Message_AGENT, "明天给您答复。", yesterday)
	require.NoError(t, err)
	list, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetMessages(), 3)
	requireSame(t, chase, list.GetMessages()[0])
	requireSame(t, letter, list.GetMessages()[1])
	requireSame(t, answer, list.GetMessages()[2])
	events := f.log(c.GetName())
	require.Equal(t, f.now(), events[len(events)-1].GetRecordTime().AsTime(), "clocks go by this")

	// What was meant for a complaint that was merged since came after that one.
	into := f.complain(phone, parcel)
	_, err = f.merge(c.GetName(), into.GetName())
	require.NoError(t, err)
	carried, err := write(intakev1.Message_CUSTOMER, "另外一封信", yesterday)
	require.NoError(t, err)
	require.Contains(t, carried.GetName(), into.GetName())
	_, err = write(intakev1.Message_CUSTOMER, "信", c.GetReceiveTime().AsTime().Add(-time.Hour))
	rpctest.RequireField(t, err, "message.send_time")
}
