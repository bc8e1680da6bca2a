"""`python -m training --photos DIR`."""

if __name__ == "__main__":
    # Only here: the processes that make pairs import this file too, and need no TensorFlow.
    from app.vision.networks.runtime import prepare_tensorflow

    prepare_tensorflow()
    from training.train import main

    main()
