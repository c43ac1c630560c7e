package intake

import (
	"context"
	"time"
)

// What the measurement of many complaints needs, which files none through the front door.

// SealFiling seals what a complaint was filed with.
func (s *Service) SealFiling(customer string, wrapped []byte, complaint string, filing Filing, details Details) (sealedFiling, sealedDetails []byte, err error) {
	key, err := s.key(customer, wrapped)
	if err != nil {
		return nil, nil, err
	}
	if sealedFiling, err = seal(key, filing, filingPlace(complaint)); err != nil {
		return nil, nil, err
	}
	sealedDetails, err = seal(key, details, detailsPlace(complaint))
	return sealedFiling, sealedDetails, err
}

// TextsOf makes what the index keeps of complaints.
func (s *Service) TextsOf(ctx context.Context, records []Record) []Text {
	places := make([]Place, len(records))
	for i := range records {
		places[i] = Place{Complaint: records[i].ID}
	}
	texts, _ := s.texts(ctx, places, records, nil)
	return texts
}

// PutTexts writes what the index keeps.
func (s *Service) PutTexts(ctx context.Context, texts []Text) error {
	full, err := s.index.texts.Index(ctx, texts)
	if err != nil {
		return err
	}
	for _, shelf := range full {
		if err := s.index.fold(ctx, shelf); err != nil {
			return err
		}
	}
	return nil
}

// IndexAll does what the indexer does with several events at once.
func (s *Service) IndexAll(ctx context.Context, places []Place) error { return s.indexAll(ctx, places) }

// TextOf makes what the index keeps of a message.
func (s *Service) TextOf(place Place, text string) Text { return s.index.text(place, text) }

// Pause sets for how long texts wait for others.
func (x *Indexer) Pause(d time.Duration) { x.service.indexPause = d }

// Resume ends a pause before its time.
func (x *Indexer) Resume() { x.resume() }
