package routing

// Awake tells whether a pass is to be made soon because somebody may have room, and forgets it.
func (s *Service) Awake() bool {
	select {
	case <-s.freed:
		return true
	default:
		return false
	}
}
