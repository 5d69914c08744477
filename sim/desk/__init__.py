"""The desk: a platform with a ladder of products, judged by the policies of `data/policies`."""
