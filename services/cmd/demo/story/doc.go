// Package story tells the story of one customer on a running Redress, by real calls over REST and by following the events of all
// four services over gRPC. Every line with a time at its left is something that Redress answered or recorded; the time is the
// server's, counted from the moment the complaint was filed. What the story expects to happen and does not is an error.
//
//   - story.go: New, Tell, and the checks before the beginning.
//   - opening.go, attention.go, breach.go, remedy.go, routing.go, ladder.go, ending.go: the story itself, scene by scene.
//     voices.go: what people say in it.
//   - stage.go: waiting, while whatever happens is printed. condition.go: for what.
//   - server.go: REST calls, each as one of the people.
//   - watch.go: the events of all services, in order.
//   - tell.go: an event in words. words.go and words/: the words, in English and Chinese.
//   - letter.go: what the customer was told.
//   - paper.go: columns, line breaks and colours.
package story
