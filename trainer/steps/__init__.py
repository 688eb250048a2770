"""The tutorial's steps in their order: load, explore, preprocess, build, compile, train, evaluate, predict.

Each file holds what a learner reads of its step and a lesson quotes. `load`, `explore`, `preprocess` and `predict` do
not import TensorFlow.
"""
