package e2e_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// reason is a value of one of the contract's enums of reasons.
type reason interface{ String() string }

// bad is a call that must be refused.
type bad struct {
	what         string
	method, path string // POST /v1/complaints when empty.
	body         any
	status       int // 400 when zero.
	reason       reason
	field        string // One of the fields that the answer must name, if any.
}

// refuse makes the call and requires that it is refused as it should be.
func (b bad) refuse(t *testing.T, w *world) {
	t.Helper()
	status, answer := w.call(cmp.Or(b.method, http.MethodPost), cmp.Or(b.path, "/v1/complaints"), b.body)
	b.check(t, status, answer)
}

func (b bad) check(t *testing.T, status int, answer object) {
	t.Helper()
	require.Equal(t, cmp.Or(b.status, http.StatusBadRequest), status, "%s: %v", b.what, answer)
	require.Equal(t, b.reason.String(), answer["reason"], "%s: %v", b.what, answer)
	require.NotEmpty(t, answer["message"], b.what)
	if b.field == "" {
		return
	}
	var named []string
	fields, _ := answer["fields"].([]any)
	for _, f := range fields {
		field, _ := f.(object)["field"].(string)
		named = append(named, field)
	}
	require.Contains(t, named, b.field, "%s: %v", b.what, answer)
}

// complaining is a body that would be accepted, with changes; nil removes a field.
func complaining(changes object) object {
	body := object{"statement": broadband, "complainant": object{"phone": "+8613812345678"}}
	for field, value := range changes {
		body[field] = value
		if value == nil {
			delete(body, field)
		}
	}
	return body
}

// demanding is a filing with one demand for money.
func demanding(amount object) object {
	return complaining(object{"demands": []object{{"text": "退还", "amount": amount}}})
}

// badFilings are complaints that are none.
func badFilings() []bad {
	in := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339) }
	return []bad{
		{what: "empty statement", body: complaining(object{"statement": ""}), reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "statement of wide blanks", body: complaining(object{"statement": "\u3000\u200b"}), reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "blank statement", body: complaining(object{"statement": " \n\t"}), reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "no statement", body: complaining(object{"statement": nil}), reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "1 MB statement", body: complaining(object{"statement": strings.Repeat("x", 1_000_000)}), reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "1 MiB statement", body: complaining(object{"statement": strings.Repeat("x", 1<<20)}), status: http.StatusRequestEntityTooLarge,
			reason: errorv1.Reason_BODY_TOO_LARGE},
		{what: "invalid UTF-8", body: `{"statement":"caf` + "\xe9" + `","complainant":{"phone":"+8613812345678"}}`, reason: errorv1.Reason_INVALID_UTF8},
		{what: "nobody", body: complaining(object{"complainant": nil}), reason: errorv1.Reason_INVALID_FIELD, field: "complainant"},
		{what: "no way to reach", body: complaining(object{"complainant": object{"displayName": "Lin"}}), reason: errorv1.Reason_INVALID_FIELD, field: "complainant"},
		{what: "invalid phone", body: complaining(object{"complainant": object{"phone": "123"}}), reason: intakev1.ErrorReason_PHONE_INVALID, field: "complainant.phone"},
		{what: "phone in words", body: complaining(object{"complainant": object{"phone": "ask me"}}), reason: intakev1.ErrorReason_PHONE_INVALID, field: "complainant.phone"},
		{what: "invalid e-mail", body: complaining(object{"complainant": object{"email": "nobody"}}), reason: errorv1.Reason_INVALID_FIELD, field: "complainant.email"},
		{what: "invalid hours", body: complaining(object{"complainant": object{"phone": "13812345678", "contactHours": "25:00-26:00"}}),
			reason: errorv1.Reason_INVALID_FIELD, field: "complainant.contactHours"},
		{what: "future receive time", body: complaining(object{"receiveTime": in(24 * time.Hour)}), reason: intakev1.ErrorReason_RECEIVE_TIME_IN_FUTURE, field: "receiveTime"},
		{what: "receive time in words", body: complaining(object{"receiveTime": "today"}), reason: errorv1.Reason_INVALID_FIELD, field: "receiveTime"},
		{what: "negative amount", body: demanding(object{"currencyCode": "CNY", "units": "-1"}), reason: errorv1.Reason_INVALID_FIELD, field: "demands[0].amount"},
		{what: "negative part", body: demanding(object{"currencyCode": "CNY", "nanos": -1}), reason: errorv1.Reason_INVALID_FIELD, field: "demands[0].amount"},
		{what: "too many units", body: demanding(object{"currencyCode": "CNY", "units": "9223372036854775807"}), reason: errorv1.Reason_INVALID_FIELD, field: "demands[0].amount"},
		{what: "no such currency", body: demanding(object{"currencyCode": "元", "units": 1}), reason: errorv1.Reason_INVALID_FIELD, field: "demands[0].amount"},
		{what: "21 demands", body: complaining(object{"demands": make([]object, 21)}), reason: errorv1.Reason_INVALID_FIELD, field: "demands[0]"},
		{what: "broken JSON", body: `{"statement": "x", `, reason: errorv1.Reason_MALFORMED_BODY},
		{what: "no JSON", body: "statement=x", reason: errorv1.Reason_MALFORMED_BODY},
		{what: "null", body: "null", reason: errorv1.Reason_MALFORMED_BODY},
		{what: "no body", body: "", reason: errorv1.Reason_INVALID_FIELD, field: "statement"},
		{what: "trailing bytes", body: `{"statement":"x","complainant":{"phone":"13812345678"}} x`, reason: errorv1.Reason_TRAILING_BYTES},
		{what: "two complaints", body: `{"statement":"x","complainant":{"phone":"13812345678"}}{}`, reason: errorv1.Reason_TRAILING_BYTES},
		{what: "unknown enum", body: complaining(object{"channel": "PIGEON"}), reason: errorv1.Reason_INVALID_FIELD, field: "channel"},
		{what: "unknown enum number", body: complaining(object{"channel": 99}), reason: errorv1.Reason_INVALID_FIELD, field: "channel"},
		{what: "unknown field", body: complaining(object{"urgent": true}), reason: errorv1.Reason_UNKNOWN_FIELD, field: "urgent"},
		{what: "unknown nested field", body: complaining(object{"complainant": object{"fone": "1"}}), reason: errorv1.Reason_UNKNOWN_FIELD, field: "complainant.fone"},
		{what: "the server's field", body: complaining(object{"severity": "URGENT"}), reason: errorv1.Reason_UNKNOWN_FIELD, field: "severity"},
		{what: "unknown parameter", path: "/v1/complaints?notify=no", body: complaining(nil), reason: errorv1.Reason_UNKNOWN_PARAMETER},
		{what: "unknown path", path: "/v1/complaint", body: complaining(nil), status: http.StatusNotFound, reason: errorv1.Reason_PATH_NOT_FOUND},
		{what: "unknown method", method: http.MethodPut, body: complaining(nil), status: http.StatusMethodNotAllowed, reason: errorv1.Reason_METHOD_NOT_ALLOWED},
	}
}

// badReads are lists and look-ups that make no sense.
func badReads(complaint, foreignToken string) []bad {
	list := func(query string, reason reason) bad {
		return bad{what: query, method: http.MethodGet, path: "/v1/complaints?" + query, reason: reason}
	}
	return []bad{
		list("pageToken=forged", errorv1.Reason_PAGE_TOKEN_INVALID),
		list("pageToken=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", errorv1.Reason_PAGE_TOKEN_INVALID),
		list("filter=state%20%3D%20%22ACTIVE%22&pageToken="+foreignToken, errorv1.Reason_PAGE_TOKEN_INVALID),
		{what: "another list's token", method: http.MethodGet, path: "/v1/callbacks?pageToken=" + foreignToken, reason: errorv1.Reason_PAGE_TOKEN_INVALID},
		list("filter=state+%3D", errorv1.Reason_FILTER_INVALID),
		list("filter=statement+%3D+%22x%22", errorv1.Reason_FILTER_INVALID),
		list("filter=state+%3D+%22SLEEPING%22", errorv1.Reason_FILTER_INVALID),
		list("filter=cycle+%3D+%22x%22", errorv1.Reason_FILTER_INVALID),
		list("filter="+strings.Repeat("(", 900), errorv1.Reason_FILTER_INVALID),
		list("filter=reference+%3D+%22%00%22", errorv1.Reason_INVALID_FIELD),
		list("filter=%ff", errorv1.Reason_INVALID_UTF8),
		list("orderBy=statement", errorv1.Reason_ORDER_BY_INVALID),
		list("pageSize=many", errorv1.Reason_INVALID_FIELD),
		list("pageSize=-1", errorv1.Reason_INVALID_FIELD),
		list("pageSize=1&pageSize=2", errorv1.Reason_INVALID_FIELD),
		list("limit=1", errorv1.Reason_UNKNOWN_PARAMETER),
		{what: "callback filter", method: http.MethodGet, path: "/v1/callbacks?filter=customer+%3D+1", reason: errorv1.Reason_FILTER_INVALID},
		{what: "a list's token for a timeline", method: http.MethodGet, path: "/v1/" + complaint + "/timeline?pageToken=" + foreignToken, reason: errorv1.Reason_PAGE_TOKEN_INVALID},
		{what: "no name", method: http.MethodGet, path: "/v1/complaints/x", reason: errorv1.Reason_INVALID_FIELD, field: "name"},
		{what: "zero byte", method: http.MethodGet, path: "/v1/complaints/%00", reason: errorv1.Reason_INVALID_FIELD, field: "name"},
		{what: "not UTF-8", method: http.MethodGet, path: "/v1/complaints/%ff", reason: errorv1.Reason_INVALID_UTF8},
		{what: "a number in the URL", method: http.MethodGet, path: "/v1/complaints:search?query=%2B8613812345678",
			status: http.StatusMethodNotAllowed, reason: errorv1.Reason_METHOD_NOT_ALLOWED},
		{what: "an address in the URL", method: http.MethodGet, path: "/v1/customers:lookup?email=wang@example.com",
			status: http.StatusMethodNotAllowed, reason: errorv1.Reason_METHOD_NOT_ALLOWED},
		{what: "a proof in the URL", method: http.MethodGet, path: "/v1/status?reference=R-0000-0000-0&verification=5678",
			status: http.StatusMethodNotAllowed, reason: errorv1.Reason_METHOD_NOT_ALLOWED},
		{what: "unknown view", method: http.MethodGet, path: "/v1/" + complaint + "/secrets", status: http.StatusNotFound, reason: errorv1.Reason_PATH_NOT_FOUND},
		{what: "unknown language", method: http.MethodGet, path: "/v1/guide?languageCode=tlh", reason: errorv1.Reason_INVALID_FIELD, field: "languageCode"},
	}
}

// badChanges are commands on a complaint that must change nothing.
func badChanges(complaint string) []bad {
	path := "/v1/" + complaint
	attempt := path + "/callbacks/1:recordAttempt"
	patch := func(what string, body any, reason reason, field string) bad {
		return bad{what: what, method: http.MethodPatch, path: path, body: body, reason: reason, field: field}
	}
	at := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339Nano) }
	return []bad{
		{what: "wrong etag", method: http.MethodPatch, path: path, body: object{"notes": "x", "etag": "stale"}, status: http.StatusConflict, reason: errorv1.Reason_ETAG_MISMATCH},
		{what: "wrong etag to withdraw", path: path + ":withdraw", body: object{"etag": "stale"}, status: http.StatusConflict, reason: errorv1.Reason_ETAG_MISMATCH},
		patch("unknown field", object{"note": "x"}, errorv1.Reason_UNKNOWN_FIELD, "note"),
		patch("statement", object{"statement": "x"}, errorv1.Reason_FIELD_NOT_UPDATABLE, ""),
		patch("state", object{"state": "CLOSED"}, errorv1.Reason_FIELD_NOT_UPDATABLE, ""),
		patch("unreachable", object{"complainant": object{"phone": ""}}, intakev1.ErrorReason_NOT_REACHABLE, "complainant"),
		patch("invalid phone", object{"complainant": object{"phone": "1"}}, intakev1.ErrorReason_PHONE_INVALID, "complainant.phone"),
		patch("long notes", object{"notes": strings.Repeat("客", 10_001)}, errorv1.Reason_INVALID_FIELD, "notes"),
		patch("1 MiB notes", object{"notes": strings.Repeat("x", 1<<20)}, errorv1.Reason_BODY_TOO_LARGE, "").with(http.StatusRequestEntityTooLarge),
		patch("broken", `{"notes": `, errorv1.Reason_MALFORMED_BODY, ""),
		patch("trailing", `{"notes": "x"}]`, errorv1.Reason_TRAILING_BYTES, ""),
		{what: "unknown mask", method: http.MethodPatch, path: path + "?updateMask=nonsense", body: object{"notes": "x"}, reason: errorv1.Reason_FIELD_NOT_UPDATABLE},
		{what: "close what is open", path: path + ":close", body: object{}, reason: intakev1.ErrorReason_STATE_FORBIDS},
		{what: "reopen what is open", path: path + ":reopen", body: object{"reason": "x"}, reason: intakev1.ErrorReason_STATE_FORBIDS},
		{what: "resolve without outcome", path: path + ":resolve", body: object{"resolution": "x"}, reason: errorv1.Reason_INVALID_FIELD, field: "outcome"},
		{what: "resolve as withdrawn", path: path + ":resolve", body: object{"outcome": "WITHDRAWN", "resolution": "x"}, reason: errorv1.Reason_INVALID_FIELD, field: "outcome"},
		{what: "empty message", path: path + "/messages", body: object{"author": "AGENT", "text": ""}, reason: errorv1.Reason_INVALID_FIELD, field: "text"},
		{what: "message of nobody", path: path + "/messages", body: object{"text": "x"}, reason: errorv1.Reason_INVALID_FIELD, field: "author"},
		{what: "remedy of nothing", path: path + "/remedies", body: object{}, reason: errorv1.Reason_INVALID_FIELD, field: "options"},
		{what: "attempt without outcome", path: attempt, body: object{"way": "PHONE"}, reason: errorv1.Reason_INVALID_FIELD, field: "outcome"},
		{what: "unknown outcome", path: attempt, body: object{"outcome": "MAYBE", "way": "PHONE"}, reason: errorv1.Reason_INVALID_FIELD, field: "outcome"},
		{what: "attempt to come", path: attempt, body: object{"outcome": "REACHED", "way": "PHONE", "attemptTime": at(time.Hour)},
			reason: followupv1.ErrorReason_ATTEMPT_TIME_IN_FUTURE, field: "attemptTime"},
		{what: "attempt before receipt", path: attempt, body: object{"outcome": "REACHED", "way": "PHONE", "attemptTime": at(-time.Hour)},
			reason: followupv1.ErrorReason_ATTEMPT_TIME_BEFORE_RECEIPT, field: "attemptTime"},
		{what: "attempt at no callback", path: path + "/callbacks/7:recordAttempt", body: object{"outcome": "REACHED", "way": "PHONE"},
			status: http.StatusNotFound, reason: followupv1.ErrorReason_CALLBACK_NOT_FOUND},
		{what: "no such command", path: path + ":erase", body: object{}, status: http.StatusNotFound, reason: errorv1.Reason_PATH_NOT_FOUND},
	}
}

func (b bad) with(status int) bad {
	b.status = status
	return b
}

// commands are all calls on one complaint, as they would be accepted.
func commands(complaint string) []bad {
	path := "/v1/" + complaint
	var all []bad
	for _, view := range []string{"", "/messages", "/timeline", "/duties", "/callbacks", "/assignment", "/escalations", "/remedies"} {
		all = append(all, bad{what: "read" + view, method: http.MethodGet, path: path + view})
	}
	return append(all,
		bad{what: "patch", method: http.MethodPatch, path: path, body: object{"notes": "x"}},
		bad{what: "withdraw", path: path + ":withdraw", body: object{}},
		bad{what: "resolve", path: path + ":resolve", body: object{"outcome": "EXPLAINED", "resolution": "x"}},
		bad{what: "close", path: path + ":close", body: object{}},
		bad{what: "reopen", path: path + ":reopen", body: object{"reason": "x"}},
		bad{what: "message", path: path + "/messages", body: object{"author": "AGENT", "text": "x"}},
		bad{what: "remedy", path: path + "/remedies", body: object{"options": []object{{"kind": "REPAIR", "basis": "GOODWILL", "contents": "x"}}}},
		bad{what: "attempt", path: path + "/callbacks/1:recordAttempt", body: object{"outcome": "REACHED", "way": "PHONE"}},
	)
}

// record reads everything that is on record about a complaint, and the lists it is in.
func (w *world) record(complaint string) object {
	w.t.Helper()
	read := object{"complaints": w.get("/v1/complaints"), "callbacks": w.get("/v1/callbacks")}
	for _, view := range []string{"", "/messages", "/timeline", "/duties", "/callbacks", "/assignment", "/escalations", "/remedies"} {
		read[view] = w.get("/v1/" + complaint + view)
	}
	duties, _ := read["/duties"].(object)["duties"].([]any)
	for _, d := range duties {
		delete(d.(object), "budgetUsed") // It grows by itself.
	}
	return read
}

// settled files complaints and waits until nothing is going on about them any more. It returns the first.
func settled(t *testing.T, w *world) string {
	t.Helper()
	first, second := w.file(broadband), w.file("The parcel never came.")
	for _, complaint := range []string{first, second} {
		w.eventually("acknowledged and assigned", 10*time.Second, func() bool {
			duty := w.duty(complaint, "1-acknowledge")
			return duty != nil && duty["verdict"] == "MET" && w.get("/v1/" + complaint)["state"] == "ACTIVE"
		})
	}
	return first
}

// TestBadInput sends what must not be accepted to the running program: each has a documented reason, none is a 500, and
// nothing is written.
func TestBadInput(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	w := alone(t, "")
	complaint := settled(t, w)
	before := w.record(complaint)
	w.badInput(t, complaint)
	require.Equal(t, before, w.record(complaint), "something was written")
}

// badInputAmongOthers tells it where what is on record goes on by itself, so that it is not compared.
func (w *world) badInputAmongOthers(t *testing.T) { w.badInput(t, settled(t, w)) }

// badInput is what TestBadInput sends, to a complaint that is owed everything.
func (w *world) badInput(t *testing.T, complaint string) {
	token, _ := w.get("/v1/complaints?pageSize=1")["nextPageToken"].(string)
	require.NotEmpty(t, token)

	for _, group := range [][]bad{badFilings(), badReads(complaint, token), badChanges(complaint)} {
		for _, b := range group {
			b.refuse(t, w)
		}
	}
	for _, b := range commands("complaints/00000000000000000000000000") {
		b.status, b.reason = http.StatusNotFound, errorv1.Reason_COMPLAINT_NOT_FOUND
		b.refuse(t, w)
	}
	w.refuseReusedKeys(complaint)
}

// refuseReusedKeys reuses the keys of calls that were refused, which is allowed, and of one that was carried out, which is
// not.
func (w *world) refuseReusedKeys(complaint string) {
	w.t.Helper()
	key := uuid.NewString()
	status, answer := w.callKey(http.MethodPost, "/v1/"+complaint+":close", object{}, key)
	bad{what: "first", reason: intakev1.ErrorReason_STATE_FORBIDS}.check(w.t, status, answer)
	status, answer = w.callKey(http.MethodPost, "/v1/"+complaint+":close", object{"reason": "Other."}, key)
	bad{what: "a refused call's key is free", reason: intakev1.ErrorReason_STATE_FORBIDS}.check(w.t, status, answer)
	for what, key := range map[string]string{"long key": strings.Repeat("k", 129), "key not ASCII": "客"} {
		status, answer = w.callKey(http.MethodPost, "/v1/complaints", complaining(nil), key)
		bad{what: what, reason: errorv1.Reason_IDEMPOTENCY_KEY_INVALID}.check(w.t, status, answer)
	}
}

// TestReusedKey: the same key with another body is refused, whatever the body says, and the first complaint stays alone.
func TestReusedKey(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	w := alone(t, "")
	w.reusedKey(t)
	list, _ := w.get("/v1/complaints")["complaints"].([]any)
	require.Len(t, list, 2)
}

// reusedKey files two complaints and tries to file more.
func (w *world) reusedKey(t *testing.T) {
	key := uuid.NewString()
	status, first := w.callKey(http.MethodPost, "/v1/complaints", complaining(nil), key)
	require.Equal(t, http.StatusOK, status)
	status, again := w.callKey(http.MethodPost, "/v1/complaints", complaining(nil), key)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, first["name"], again["name"])
	for _, body := range []object{complaining(object{"statement": "Other."}), complaining(object{"channel": "WEB"}), complaining(object{"complainant": object{"phone": "+8613812345679"}})} {
		status, answer := w.callKey(http.MethodPost, "/v1/complaints", body, key)
		bad{what: "reused", reason: errorv1.Reason_IDEMPOTENCY_KEY_REUSED}.check(t, status, answer)
	}
	other := w.as("agents/chen", authv1.Role_AGENT)
	status, theirs := other.callKey(http.MethodPost, "/v1/complaints", complaining(object{"statement": "Other."}), key)
	require.Equal(t, http.StatusOK, status, "another caller's key is another key")
	require.NotEqual(t, first["name"], theirs["name"])
}

// TestWhoMayNot calls with tokens that do not do.
func TestWhoMayNot(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := alone(t, "")
	complaint := settled(t, w)
	before := w.record(complaint)
	w.whoMayNot(t, complaint)
	require.Equal(t, before, w.record(complaint), "something was written")

	w.as("services/web", authv1.Role_PUBLIC).file("Filed by somebody who may do nothing else.")
}

// whoMayNotAmongOthers tells it where what is on record goes on by itself, so that it is not compared.
func (w *world) whoMayNotAmongOthers(t *testing.T) { w.whoMayNot(t, settled(t, w)) }

// whoMayNot is what TestWhoMayNot tells.
func (w *world) whoMayNot(t *testing.T, complaint string) {
	stranger := start(t, t.TempDir(), "")
	for what, token := range map[string]string{"none": "", "nonsense": "nonsense", "altered": w.token[:len(w.token)-4] + "AAAA", "another firm's": stranger.token} {
		other := *w
		other.token = token
		for _, b := range append(commands(complaint), bad{body: complaining(nil)}, bad{method: http.MethodGet}) {
			b.what, b.status, b.reason = what+": "+b.what, http.StatusUnauthorized, errorv1.Reason_UNAUTHENTICATED
			b.refuse(t, &other)
		}
		require.NotEmpty(t, other.get("/v1/guide")["steps"], "the guide is for everybody")
	}
	denied := func(who *world, b bad) {
		b.status, b.reason = http.StatusForbidden, errorv1.Reason_ROLE_NOT_ALLOWED
		b.refuse(t, who)
	}
	public, operator := w.as("services/web", authv1.Role_PUBLIC), w.as("agents/operator", authv1.Role_OPERATOR)
	denied(public, bad{what: "the public lists", method: http.MethodGet})
	denied(public, bad{what: "the public reads", method: http.MethodGet, path: "/v1/" + complaint})
	denied(public, bad{what: "the public resolves", path: "/v1/" + complaint + ":resolve", body: object{"outcome": "EXPLAINED", "resolution": "x"}})
	denied(operator, bad{what: "an operator files", body: complaining(nil)})
	for _, b := range commands(complaint) {
		if b.method != http.MethodGet {
			denied(operator, b)
		}
	}
	status, answer := public.call(http.MethodPost, "/v1/"+complaint+"/messages", object{"author": "AGENT", "text": "x"})
	bad{what: "the public speaks for us", status: http.StatusForbidden, reason: intakev1.ErrorReason_AUTHOR_NOT_ALLOWED}.check(t, status, answer)
	require.NotEmpty(t, operator.get("/v1/complaints")["complaints"], "an operator may look")
}

// TestBadInputOverGRPC provokes what REST has no method for.
func TestBadInputOverGRPC(t *testing.T) {
	t.Parallel()
	alone(t, "").badInputOverGRPC(t)
}

// badInputOverGRPC is what TestBadInputOverGRPC tells.
func (w *world) badInputOverGRPC(t *testing.T) {
	w = w.as("agents/operator", authv1.Role_OPERATOR)
	conn, err := grpc.NewClient(w.intake, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+w.token)
	log := intakev1.NewEventLogServiceClient(conn)
	_, err = log.RedriveEvents(ctx, &eventv1.RedriveEventsRequest{Subscriber: "nobody"})
	refused(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND)
	_, err = log.ListParkedEvents(ctx, &eventv1.ListParkedEventsRequest{PageToken: "forged"})
	refused(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID)
	_, err = log.ListEvents(ctx, &eventv1.ListEventsRequest{Subject: "complaints/x"})
	refused(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED)
	err = conn.Invoke(ctx, "/redress.intake.v1.IntakeService/Nonsense", &eventv1.ListEventsRequest{}, &eventv1.ListEventsResponse{})
	refused(t, err, codes.Unimplemented, errorv1.Reason_METHOD_NOT_FOUND)
}

// refused requires that a call over gRPC failed with the code and the reason.
func refused(t *testing.T, err error, code codes.Code, reason reason) {
	t.Helper()
	st := status.Convert(err)
	require.Equal(t, code, st.Code(), st.Message())
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			require.Equal(t, reason.String(), info.GetReason())
			return
		}
	}
	require.Fail(t, "the error has no reason", st.Message())
}

// TestFormsOfInput: what is accepted comes back as it was meant, whichever of its forms was sent.
func TestFormsOfInput(t *testing.T) {
	t.Parallel()
	alone(t, "").formsOfInput(t)
}

// formsOfInput is what TestFormsOfInput tells.
func (w *world) formsOfInput(t *testing.T) {
	for _, units := range []any{500, "500", 5e2} {
		filed := w.post("/v1/complaints", demanding(object{"currencyCode": "CNY", "units": units, "nanos": 500_000_000}))
		demands, _ := filed["demands"].([]any)
		require.Len(t, demands, 1)
		require.Equal(t, object{"currencyCode": "CNY", "units": "500", "nanos": 500_000_000.0}, demands[0].(object)["amount"])
	}
	filed := w.post("/v1/complaints", complaining(object{
		"channel": "SOCIAL_MEDIA", "target": object{"kind": nil, "order": "A-1"},
		"complainant": object{"email": "a@example.com", "preferredChannel": "EMAIL", "languageCode": "en", "contactHours": "18:00-21:00"},
	}))
	require.Equal(t, "SOCIAL_MEDIA", filed["channel"])
	require.Equal(t, "RECEIVED", filed["state"])
	require.Equal(t, "OUTCOME_UNSPECIFIED", filed["outcome"])
	require.Equal(t, "EMAIL", filed["complainant"].(object)["preferredChannel"])
	name, _ := filed["name"].(string)
	w.eventually("assigned", 10*time.Second, func() bool { return w.get("/v1/" + name)["state"] == "ACTIVE" })
	status, patched := w.call(http.MethodPatch, "/v1/"+name, object{"notes": "Calls back at six.", "etag": w.get("/v1/" + name)["etag"]})
	require.Equal(t, http.StatusOK, status, "%v", patched)
	require.Equal(t, "Calls back at six.", patched["notes"])
}
