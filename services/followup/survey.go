package followup

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
)

// tokenBytes is how much of the keyed hash a token shows: 160 bits, which nobody guesses.
const tokenBytes = 20

// token is that of a touch's survey, or of the reminder of a number. It is the signature of the touch's name with a key that only followup has:
// nobody can make one, whoever has one learns nothing from it, and a message that has to be sent again has the same one, although it is kept
// nowhere.
func (s *Service) token(touch string, reminder int32) string {
	sum := s.keyed("token", touch+"\x00"+number(reminder))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:tokenBytes]))
}

// tokenHash is what is on record of a token, by which it is found.
func (s *Service) tokenHash(token string) string { return hex.EncodeToString(s.keyed("record", token)) }

func (s *Service) keyed(purpose, text string) []byte {
	mac := hmac.New(sha256.New, s.deps.SurveyKey)
	mac.Write([]byte("survey " + purpose + "\x00" + text))
	return mac.Sum(nil)
}

// GetSurvey reads what a survey asks, in the customer's language or the one that is asked for. Errors: SURVEY_NOT_FOUND, whatever is wrong with
// the token.
func (s *Service) GetSurvey(ctx context.Context, req *followupv1.GetSurveyRequest) (*followupv1.Survey, error) {
	t, err := s.surveyed(ctx, req.GetToken())
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, t.Complaint)
	if err != nil {
		return nil, err
	}
	language, q := cmp.Or(req.GetLanguageCode(), c.Complaint.Language), s.followUps().GetQuestions()
	return &followupv1.Survey{
		LanguageCode: language, DoneQuestion: q.GetDone()[language], SatisfactionQuestion: q.GetSatisfaction()[language],
		AnythingElseQuestion: q.GetAnythingElse()[language], ExpireTime: timestamp(t.ExpireTime),
	}, nil
}

// surveyed finds the touch of a token that can be answered now.
func (s *Service) surveyed(ctx context.Context, token string) (*Touch, error) {
	t, err := s.deps.Series.Survey(ctx, s.tokenHash(token))
	if errors.Is(err, ErrUnknown) {
		return nil, surveyNotFound()
	}
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, t.Complaint)
	if err == nil && !c.Complaint.asks(&t, s.now()) {
		return nil, surveyNotFound()
	}
	return &t, err
}

// answerable is true while the customer can answer the survey: also when somebody has put on record what they are said to have answered
// otherwise, since their own word is worth more (FUP-2).
func (t *Touch) answerable(now time.Time) bool {
	open := t.State == followupv1.FollowUp_ASKED || t.State == followupv1.FollowUp_ANSWERED && t.Answer.Agent != "" && !t.Answer.Reopened
	return open && t.Mode == followupv1.FollowUp_SURVEY && now.Before(t.ExpireTime)
}

// asks is true while the customer can answer the survey of a touch, and its cycle is the present one.
func (c *Complaint) asks(t *Touch, now time.Time) bool {
	return t.Cycle == c.Cycle && t.answerable(now)
}

// AnswerSurvey takes what a customer answered, once: the tokens of its messages are spent in the transaction that records it (FUP-2). It takes the
// place of what somebody else has recorded since the survey was sent, which stays on the timeline. The same call again, with its idempotency key, is
// answered as the first time. Errors: SURVEY_NOT_FOUND, whatever is wrong with the token, also when it was spent by another call, or the customer was
// erased; IDEMPOTENCY_KEY_REUSED for other answers with the key of those that spent this token; UNAVAILABLE.
func (s *Service) AnswerSurvey(ctx context.Context, req *followupv1.AnswerSurveyRequest) (*followupv1.AnswerSurveyResponse, error) {
	command := s.surveyCommand(ctx, req.GetToken())
	known, err := s.answering(ctx, req.GetToken(), command)
	if err != nil {
		return nil, err
	}
	answer := TouchAnswer{Done: req.GetDone(), Satisfaction: req.GetSatisfaction(), Stop: req.GetStop()}
	answer.Comment, err = s.sealWords(ctx, known, "comment", req.GetComment())
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return nil, surveyNotFound()
	}
	if err != nil {
		return nil, err
	}
	res := &followupv1.AnswerSurveyResponse{}
	change := Change{Complaint: known.Complaint, Touches: true, Command: command, Result: known.Name()}
	done, err := s.change(ctx, change, func(l ledger) error {
		t := l.touchOf(known.ID())
		if t == nil || !l.Complaint.asks(t, l.now) {
			return surveyNotFound()
		}
		answer.Time = l.now
		l.actor = l.Complaint.Customer
		s.touchAnswered(l, t, answer)
		res.LanguageCode, res.Reopened = l.Complaint.Language, t.Answer.Reopened
		return nil
	})
	if err != nil {
		return nil, err
	}
	if done.Repeated {
		return s.answeredSurvey(ctx, req.GetToken())
	}
	return res, nil
}

// surveyCommand is the call with its idempotency key. Customers have no name here, and the firm's own page calls for all of them: so it is the token
// that keys belong to, and what was sent with another one's key is never told.
func (s *Service) surveyCommand(ctx context.Context, token string) idem.Command {
	command, _ := idem.FromContext(ctx)
	command.Caller = "surveys/" + s.tokenHash(token)
	return command
}

// answering finds the touch of a token that is to be answered: with a key also one that was answered, maybe by the same call.
func (s *Service) answering(ctx context.Context, token string, command idem.Command) (*Touch, error) {
	if command.Key == "" {
		return s.surveyed(ctx, token)
	}
	t, err := s.deps.Series.Survey(ctx, s.tokenHash(token))
	if errors.Is(err, ErrUnknown) {
		return nil, surveyNotFound()
	}
	return &t, err
}

// answeredSurvey is what the call was told that spent the token. Nothing changes a customer's own answer.
func (s *Service) answeredSurvey(ctx context.Context, token string) (*followupv1.AnswerSurveyResponse, error) {
	t, err := s.deps.Series.Survey(ctx, s.tokenHash(token))
	if err != nil {
		return nil, err
	}
	c, err := s.known(ctx, t.Complaint)
	if err != nil {
		return nil, err
	}
	return &followupv1.AnswerSurveyResponse{LanguageCode: c.Complaint.Language, Reopened: t.Answer.Reopened}, nil
}

// sealWords seals what was said at a touch with the customer's key; nil for nothing.
func (s *Service) sealWords(ctx context.Context, t *Touch, what, words string) ([]byte, error) {
	if words == "" {
		return nil, nil
	}
	key, err := s.deps.Keys.Key(ctx, t.Customer)
	if err != nil {
		return nil, err
	}
	return key.Seal([]byte(words), t.Name()+"#"+what)
}

// openAnswer reads what sealWords sealed. Words of a customer who was erased are gone and read as empty.
func (s *Service) openAnswer(ctx context.Context, t *Touch, what string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	key, err := s.deps.Keys.Key(ctx, t.Customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	words, err := key.Open(sealed, t.Name()+"#"+what)
	if err != nil {
		s.deps.Logger.ErrorContext(ctx, "words of a follow-up cannot be opened", "follow_up", t.Name(), "error", err)
		return "", nil
	}
	return string(words), nil
}
