package gateway_test

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
)

// goodToken is one that the desk knows.
const goodToken = "mzxw6ytboi3q"

// surveys is followup's part that takes surveys.
type surveys struct {
	followupv1.UnimplementedSurveyServiceServer

	mu    sync.Mutex
	ended []string
	// keys are those with which answers came.
	keys []string
}

// unsubscribed are the tokens by which surveys were ended.
func (s *surveys) unsubscribed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ended)
}

func (s *surveys) UnsubscribeSurveys(
	_ context.Context, req *followupv1.UnsubscribeSurveysRequest,
) (*followupv1.UnsubscribeSurveysResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.find(req.GetToken()); err != nil {
		return nil, err
	}
	s.ended = append(s.ended, req.GetToken())
	return &followupv1.UnsubscribeSurveysResponse{}, nil
}

func (*surveys) find(token string) error {
	if token != goodToken {
		return errs.NotFound(followupv1.ErrorReason_SURVEY_NOT_FOUND.String(), "There is no survey to answer here.")
	}
	return nil
}

func (s *surveys) GetSurvey(_ context.Context, req *followupv1.GetSurveyRequest) (*followupv1.Survey, error) {
	return &followupv1.Survey{
		LanguageCode: cmp.Or(req.GetLanguageCode(), "zh-Hans"), DoneQuestion: "办好了吗？", SatisfactionQuestion: "满意吗？", AnythingElseQuestion: "还有什么？",
		ExpireTime: timestamppb.New(time.Date(2026, 3, 5, 1, 0, 2, 0, time.UTC)),
	}, s.find(req.GetToken())
}

func (s *surveys) AnswerSurvey(ctx context.Context, req *followupv1.AnswerSurveyRequest) (*followupv1.AnswerSurveyResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	command, _ := idem.FromContext(ctx)
	s.keys = append(s.keys, command.Key)
	return &followupv1.AnswerSurveyResponse{LanguageCode: "zh-Hans", Reopened: !req.GetDone()}, s.find(req.GetToken())
}

// TestASurveyNeedsNoToken but its own, and says what happens next (FUP-2).
func TestASurveyNeedsNoToken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	a := w.call(t, http.MethodGet, "/v1/surveys/"+goodToken, "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Equal(t, "办好了吗？", a.body["doneQuestion"])
	a = w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, `{"done": false, "satisfaction": 2}`)
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Equal(t, object{"languageCode": "zh-Hans", "reopened": true, "message": "对不起，没有让您满意。我们已经重新办理这件投诉，会尽快联系您。"}, a.body)
	a = w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, `{"done": true, "satisfaction": 5}`)
	require.Equal(t, "谢谢您，您的回答已经记下。", a.body["message"])
	for _, body := range []string{`{"satisfaction": 5}`, `{"done": true}`, `{"done": true, "satisfaction": 6}`} {
		a = w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, body)
		requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	}
	a = w.call(t, http.MethodPost, "/v1/surveys/forged", `{"done": true, "satisfaction": 5}`)
	requireProblem(t, a, http.StatusNotFound, "NOT_FOUND", followupv1.ErrorReason_SURVEY_NOT_FOUND)
}

// TestTheKeyOfAnAnswerGoesAlong to the service that takes it once (API-1).
func TestTheKeyOfAnAnswerGoesAlong(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "API-1")
	w := start(t)
	w.token = ""
	for range 2 {
		a := w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, `{"done": true, "satisfaction": 5}`, "Idempotency-Key: mine")
		require.Equal(t, http.StatusOK, a.status, a.text)
	}
	require.Equal(t, http.StatusOK, w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, `{"done": true, "satisfaction": 5}`).status)
	require.Equal(t, []string{"mine", "mine"}, w.surveys.keys[:2])
	require.NotContains(t, []string{"", "mine"}, w.surveys.keys[2], "one that was lost on the way is sent again with a key of its own")
}

// TestSurveysAreLimited by token and by address, before anything is read.
func TestSurveysAreLimited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	w := start(t)
	w.token = ""
	for range 20 {
		require.Equal(t, http.StatusOK, w.call(t, http.MethodGet, "/v1/surveys/"+goodToken, "").status)
	}
	a := w.call(t, http.MethodPost, "/v1/surveys/"+goodToken, `{"done": true, "satisfaction": 5}`)
	requireProblem(t, a, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", errorv1.Reason_TOO_MANY_REQUESTS)
	require.Equal(t, object{"limit": "token"}, a.body["metadata"])
	require.NotEmpty(t, a.header.Get("Retry-After"))
	for i := range 39 {
		a = w.call(t, http.MethodGet, "/v1/surveys/guess"+string(rune('a'+i%26))+string(rune('a'+i/26)), "")
		require.Equal(t, http.StatusNotFound, a.status)
	}
	a = w.call(t, http.MethodGet, "/v1/surveys/another", "")
	requireProblem(t, a, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", errorv1.Reason_TOO_MANY_REQUESTS)
	require.Equal(t, object{"limit": "address"}, a.body["metadata"], "who guesses is held up")
}
