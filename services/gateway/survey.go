package gateway

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"strings"

	"google.golang.org/grpc/metadata"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// surveyPath is before the token in the path of a survey.
const surveyPath = "/v1/surveys/"

// unsubscribeVerb follows the token where the API is asked to end surveys.
const unsubscribeVerb = ":unsubscribe"

// GetSurvey reads what a survey asks, for whoever has its token (FUP-2). Each question counts against the token's limit and the caller's, before
// anything is read. Errors: TOO_MANY_REQUESTS; SURVEY_NOT_FOUND, whatever is wrong with the token.
func (s *Service) GetSurvey(ctx context.Context, req *gatewayv1.GetSurveyRequest) (*followupv1.Survey, error) {
	if err := s.admitToken(ctx, s.Admit, req.GetToken()); err != nil {
		return nil, err
	}
	return s.deps.Surveys.GetSurvey(ctx, &followupv1.GetSurveyRequest{Token: req.GetToken(), LanguageCode: req.GetLanguageCode()})
}

// SubmitSurvey takes the answers to a survey, once, and says what happens next (FUP-2); the same call again, with its idempotency key, is told the
// same. Errors: as GetSurvey, also for a survey that was answered; IDEMPOTENCY_KEY_REUSED for other answers with that key.
func (s *Service) SubmitSurvey(ctx context.Context, req *gatewayv1.SubmitSurveyRequest) (*gatewayv1.SubmitSurveyResponse, error) {
	if err := s.admitToken(ctx, s.Admit, req.GetToken()); err != nil {
		return nil, err
	}
	if command, _ := idem.FromContext(ctx); command.Key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "idempotency-key", command.Key)
	}
	answer, err := s.deps.Surveys.AnswerSurvey(ctx, &followupv1.AnswerSurveyRequest{
		Token: req.GetToken(), Done: req.Done, Satisfaction: req.GetSatisfaction(), Comment: req.GetComment(), Stop: req.GetStop(),
	})
	if err != nil {
		return nil, err
	}
	texts := s.texts[answer.GetLanguageCode()]
	message := texts.Thanks
	if answer.GetReopened() {
		message = texts.Reopened
	}
	return &gatewayv1.SubmitSurveyResponse{Message: message, LanguageCode: answer.GetLanguageCode(), Reopened: answer.GetReopened()}, nil
}

// UnsubscribeSurveys ends surveys to whoever has the token of one, also of one that was answered or is too old (FUP-3). Errors: as GetSurvey, but
// only for a token that never was. Callers are counted by themselves: a mail provider asks for all of its customers, from few addresses.
func (s *Service) UnsubscribeSurveys(
	ctx context.Context, req *gatewayv1.UnsubscribeSurveysRequest,
) (*gatewayv1.UnsubscribeSurveysResponse, error) {
	if err := s.admitToken(ctx, s.AdmitUnsubscription, req.GetToken()); err != nil {
		return nil, err
	}
	_, err := s.deps.Surveys.UnsubscribeSurveys(ctx, &followupv1.UnsubscribeSurveysRequest{Token: req.GetToken()})
	if err != nil {
		return nil, err
	}
	return &gatewayv1.UnsubscribeSurveysResponse{}, nil
}

// admitToken counts a question about a survey: of the caller, as admit says, and of the token, of which no more is remembered than a digest.
func (s *Service) admitToken(ctx context.Context, admit func(netip.Addr) error, token string) error {
	if err := admitPeer(ctx, admit); err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(token))
	if wait := s.byToken.Allow(string(digest[:])); wait > 0 {
		return tooMany("token", wait)
	}
	return nil
}

// isSurvey tells which requests need no token of a caller's, and are counted by the address that they come from.
func isSurvey(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, surveyPath) }

// endsSurveys tells which requests end surveys, by the API or the page's link, which mail programs call, too.
func endsSurveys(r *http.Request) bool {
	return r.Method == http.MethodPost && (isSurvey(r) && strings.HasSuffix(r.URL.Path, unsubscribeVerb) ||
		isSurveyPage(r) && strings.HasSuffix(r.URL.Path, stopPart))
}
